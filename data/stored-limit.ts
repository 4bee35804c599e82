import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import { quoteName } from './duckdb.ts'

/** What a column's type says beyond its JSON Schema, which knows int64 and instants as text only. */
export interface StoredLimit {
  /** SQL, of a value that is not null. */
  readonly kept: string
  readonly expected: string
}

export function storedLimit({ name, type }: StoredColumn): StoredLimit | undefined {
  const column = quoteName(name)
  if (type.kind === 'int64') {
    const { min, max } = type
    return { kept: `${column} BETWEEN ${min} AND ${max}`, expected: `an integer from ${min} to ${max}` }
  }
  if (type.kind === 'instant' && type.unit === 'milliseconds') {
    return { kept: `epoch_us(${column}) % 1000 = 0`, expected: 'an instant of whole milliseconds' }
  }
  return undefined
}
