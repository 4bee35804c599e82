import type { Operator } from '../dsl/ast.ts'
import { utcDate } from './instant.ts'
import { TRANSCENDENTAL } from './transcendental.ts'

/** What a column holds: an int64 and an instant (microseconds since 1970) are bigints, a decimal is text. */
export type Value = string | number | boolean | bigint | null

/** The operators that are plain functions of numbers; the rest knows more than two types or null. */
export type NumericOperator = Exclude<
  Operator,
  'and' | 'or' | 'not' | 'is_null' | 'coalesce' | 'when' | 'to_number' | 'is_in' | Comparison | Calendar
>
export type Comparison = 'gt' | 'gte' | 'lt' | 'lte' | 'eq'
export type Calendar = 'hour' | 'weekday' | 'day_of_month' | 'month' | 'days_since' | 'hours_since'

/** None of the arguments is null. The same IEEE operations in the same order as `operations-sql.ts`. */
export const NUMERIC: Readonly<
  Record<NumericOperator, (a: number, b: number, c: number, all: readonly number[]) => number | boolean | null>
> = {
  plus: (a, b) => a + b,
  minus: (a, b) => a - b,
  times: (a, b) => a * b,
  over: (a, b) => (b === 0 ? null : a / b),
  abs: (a) => Math.abs(a),
  floor: (a) => Math.floor(a),
  least: (a, b) => (order(a, b) <= 0 ? a : b),
  greatest: (a, b) => (order(a, b) >= 0 ? a : b),
  ln: (a) => TRANSCENDENTAL.ln(a),
  exp: (a) => TRANSCENDENTAL.exp(a),
  sqrt: (a) => (order(a, 0) >= 0 ? Math.sqrt(a) : null),
  bucket: (a, _b, _c, [, ...edges]) => bucket(a, edges),
  between: (a, low, high) => order(a, low) >= 0 && order(a, high) <= 0,
}

export const COMPARED: Readonly<Record<Comparison, (order: number) => boolean>> = {
  gt: (found) => found > 0,
  gte: (found) => found >= 0,
  lt: (found) => found < 0,
  lte: (found) => found <= 0,
  eq: (found) => found === 0,
}

export const CALENDAR: Readonly<Record<Calendar, (at: bigint, earlier: bigint) => number>> = {
  hour: (at) => utcDate(at).getUTCHours(),
  weekday: (at) => utcDate(at).getUTCDay() || 7,
  day_of_month: (at) => utcDate(at).getUTCDate(),
  month: (at) => utcDate(at).getUTCMonth() + 1,
  days_since: (at, earlier) => Number(at - earlier) / 86_400_000_000,
  hours_since: (at, earlier) => Number(at - earlier) / 3_600_000_000,
}

/** Below, at or above zero as `a` is below, at or above `b`. NaN equals itself and is above every number. */
export function order<T extends number | bigint | string | boolean>(a: T, b: T): number {
  if (a < b) return -1
  if (a > b) return 1
  return a === b ? 0 : Number(Number.isNaN(a)) - Number(Number.isNaN(b))
}

/** The number of edges reached. The first edge above the number decides, as in SQL. */
function bucket(a: number, edges: readonly number[]): number {
  const above = edges.findIndex((edge) => order(a, edge) < 0)
  return above === -1 ? edges.length : above
}
