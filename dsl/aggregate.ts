import type { AggregateAst } from './ast.ts'
import type { Decimal, Expression } from './expression.ts'
import { phantom } from './phantom.ts'

declare const value: unique symbol

/** A summary of many rows. Null where it has no rows to speak of; a count is never null. */
export interface Aggregate<T extends number | null> {
  readonly ast: AggregateAst
  readonly [value]: T
}

/** A column, or an expression over columns, of the rows that are summarised; not of the row that asks. */
type Past<T> = Expression<T, `past:${string}`>
type PastNumber = Past<number> | Past<bigint> | Past<Decimal>

/** How many rows there are. */
export const count = (): Aggregate<number> => phantom({ ast: { op: 'count' } })
/** The part of the rows, 0 to 1, for which the condition holds. Rows where it is null do not count at all. */
export const share = (of: Past<boolean>): Aggregate<number | null> => aggregate('share', of)
/** The exact sum, as the nearest double. */
export const sum = (of: PastNumber): Aggregate<number | null> => aggregate('sum', of)
/** The exact sum by how many rows there are, as the nearest double; null without rows. */
export const mean = (of: PastNumber): Aggregate<number | null> => aggregate('mean', of)
/** The smallest value; null without rows. */
export const min = (of: PastNumber): Aggregate<number | null> => aggregate('min', of)
/** The greatest value; null without rows. */
export const max = (of: PastNumber): Aggregate<number | null> => aggregate('max', of)
/** Standard deviation of a sample (n - 1); null below two rows. */
export const stddev = (of: PastNumber): Aggregate<number | null> => aggregate('stddev', of)

type NumericAggregate = Exclude<AggregateAst['op'], 'count'>

function aggregate(op: NumericAggregate, of: Expression<unknown>): Aggregate<number | null> {
  return phantom({ ast: { op, of: of.ast } })
}
