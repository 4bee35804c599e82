import type { z } from 'zod'
import { columnSpec, type ColumnSpec, type Shape } from './columns.ts'
import { DslError } from './errors.ts'
import type { Timestamp } from './expression.ts'
import { phantom } from './phantom.ts'
import type { JsonSchema } from './plan.ts'
import { rowSchema } from './row-schema.ts'
import { millisOf, type Duration } from './units.ts'

declare const row: unique symbol
declare const outcome: unique symbol
declare const eventTime: unique symbol

/**
 * A promise about a table: its columns, their types, and which of them are known only after the fact.
 * `Row` may feed features; `Outcome` may feed a label and the past, and nothing else.
 */
export interface Contract<Name extends string, Row, Outcome, Key extends string, Time> {
  readonly name: Name
  /** `'row'`: no column identifies a row, so its place in the source does. */
  readonly key: readonly Key[] | 'row'
  readonly time: string | null
  readonly outcomesKnownAfterMillis: number
  readonly columns: readonly ColumnSpec[]
  /** JSON Schema of one row, without metadata, for Ajv in strict mode. */
  readonly schema: JsonSchema
  readonly [row]: Row
  readonly [outcome]: Outcome
  readonly [eventTime]: Time
}

/** Stands in for the time column where a contract has none, so that the compiler says why the past is out of reach. */
export interface NoEventTime {
  readonly declare: 'time'
}

export type AnyContract = Contract<string, object, object, string, string | NoEventTime>
/** One whose rows have an order in time. */
export type TimedContract = Contract<string, object, object, string, string>

export type RowOf<C extends AnyContract> = C[typeof row]
export type OutcomeOf<C extends AnyContract> = C[typeof outcome]
export type TimeOf<C extends AnyContract> = C[typeof eventTime]
export type KeyOf<C extends AnyContract> = Exclude<C['key'], 'row'>[number]

/**
 * Columns are zod strings, numbers, booleans, enums and dates, `int64()`, `decimal(p, s)` and `timestamp()`; each may be
 * nullable and carry `.meta({ unit, description, pii, protected, decimals, expect })`.
 * Throws `DslError` with `contract` or `column` where a name, a type or its metadata is unfit.
 */
export function contract<
  const Name extends string,
  Columns extends Shape,
  Outcomes extends Shape,
  const Key extends keyof Columns & string = never,
  const Time extends TimeColumn<Columns> | NoEventTime = NoEventTime,
>(
  name: Name,
  spec: {
    /** What is known of a row at its time, by name. A name is an identifier of at most 63 characters. */
    readonly columns: Columns
    /** Columns that are known only after the fact. */
    readonly outcomes: Outcomes
    /** The columns that identify a row, or `'row'` where none do: then a row is its place in the source. */
    readonly key: readonly Key[] | 'row'
    /** The column that says when a row became known. Without it there is no past, no window and no monitor. */
    readonly time?: Time
    /** How long after `time` the outcomes are known. Default: at once. */
    readonly outcomesKnownAfter?: Duration
  },
): Contract<
  Name,
  { readonly [C in keyof Columns]: z.output<Columns[C]> },
  { readonly [C in keyof Outcomes]: z.output<Outcomes[C]> },
  Key,
  Time
> {
  const { columns, outcomes, key, time, outcomesKnownAfter = '0 seconds' } = spec
  checkName(name)
  checkNoOverlap(name, columns, outcomes)
  return phantom({
    name,
    key,
    time: typeof time === 'string' ? time : null,
    outcomesKnownAfterMillis: delayMillis(name, outcomesKnownAfter),
    columns: [
      ...Object.entries(columns).map(([column, schema]) => columnSpec(name, column, schema, false)),
      ...Object.entries(outcomes).map(([column, schema]) => columnSpec(name, column, schema, true)),
    ],
    schema: rowSchema({ ...columns, ...outcomes }),
  })
}

type TimeColumn<S extends Shape> = {
  [C in keyof S]: z.output<S[C]> extends Date | Timestamp ? C : never
}[keyof S] &
  string

function checkName(name: string): void {
  if (/^[a-z][a-z0-9_-]{0,62}$/.test(name)) return
  throw new DslError('contract', `contract: expected a name of a-z, 0-9, "_" and "-", got "${name}"`)
}

function checkNoOverlap(name: string, columns: Shape, outcomes: Shape): void {
  const twice = Object.keys(outcomes).find((column) => Object.hasOwn(columns, column))
  if (twice === undefined) return
  throw new DslError('contract', `${name}.${twice}: expected a column or an outcome, got both; declare it once`)
}

function delayMillis(name: string, delay: Duration): number {
  const millis = millisOf(delay)
  if (millis !== undefined && millis >= 0) return millis
  throw new DslError('contract', `${name}.outcomesKnownAfter: expected a duration from "0 seconds" up, got "${delay}"`)
}
