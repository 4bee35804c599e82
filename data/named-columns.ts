import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import type { PartFault } from './source-rows.ts'

/**
 * Names that a file has twice. Case does not tell columns apart: DuckDB would rename the second one. Said by place: where
 * a file has no header, its first row of data would stand in the message.
 */
export function duplicateNames(names: readonly string[]): readonly PartFault[] {
  const folded = names.map((name) => name.toLowerCase())
  return folded.flatMap((name, index) => {
    const first = folded.indexOf(name)
    if (first === index) return []
    const got = `one name in columns ${first + 1} and ${index + 1}`
    return [{ row: null, column: null, expected: 'names that differ by more than case', got }]
  })
}

export function missingColumns(names: readonly string[], columns: readonly StoredColumn[]): readonly PartFault[] {
  const got = names.length === 1 ? 'a single other column' : `${names.length} columns, none of that name`
  return columns
    .filter(({ name }) => !names.includes(name))
    .map(({ name }) => ({ row: null, column: name, expected: 'a column of that name', got }))
}
