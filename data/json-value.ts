import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import { quoteName } from './duckdb.ts'
import { isoText } from './write-part.ts'

/** SQL: a stored value as the row's JSON has it. Int64, decimals and instants are text there. */
export function jsonValue({ name, type }: StoredColumn): string {
  const column = quoteName(name)
  switch (type.kind) {
    case 'string':
    case 'enum':
    case 'boolean':
    case 'number':
      return column
    case 'integer':
      return `${column}::DOUBLE`
    case 'int64':
      return `${column}::VARCHAR`
    case 'decimal':
      // DuckDB writes a DECIMAL(4, 4) without the zero before its point.
      return `regexp_replace(${column}::VARCHAR, '^(-?)\\.', '\\10.')`
    case 'instant':
      return isoText(column)
  }
}
