import type { Past, Row } from './evaluate.ts'
import type { Value } from './operations.ts'
import type { ValueType } from './read-contract.ts'

/** What one evaluation stands on. `at`: the row's own time. */
export interface Asked {
  readonly row: Row
  readonly past: Past
  readonly at: bigint | null
}

export interface Compiled {
  readonly type: ValueType
  readonly read: Read
}
export type Read = (asked: Asked) => Value

/** Null stays null. */
export function whereKnown(read: Read, change: (value: Exclude<Value, null>) => Value): Read {
  return (asked) => {
    const value = read(asked)
    return value === null ? null : change(value)
  }
}
