import type { AggregateAst } from '../dsl/ast.ts'
import type { Row } from './evaluate.ts'
import { order, type Value } from './operations.ts'
import { summary, type Totals } from './summary.ts'

/** What of a row a look-up summarises. `index`: its place among those of the series. */
export interface Measure {
  readonly op: AggregateAst['op'] | 'latest'
  readonly index: number
  readonly scale: number
  readonly value: (row: Row) => Value
  /** The value as an integer of 10^-scale. */
  readonly units: (row: Row) => bigint | null
}

/** The rows of one entity by known-at. */
export interface EntitySeries {
  add(known: bigint, row: Row): void
  /** Over the rows with known-at in [from, to). */
  window(measure: Measure, from: bigint, to: bigint): number | null
  /** The last row with known-at in [from, to); of equal ones the last added. */
  newest(from: bigint, to: bigint): Row | undefined
}

interface Event {
  readonly known: bigint
  readonly row: Row
}

const ZERO: Totals<bigint> = { rows: 0, held: 0, sum: 0n, squares: 0n }

/** Text that is equal for equal entities only. Both zeros are one number, as in SQL. */
export function entityKey(entity: readonly Value[]): string {
  return JSON.stringify(entity.map((value) => `${typeof value} ${value === 0 ? 0 : String(value)}`))
}

export function entitySeries(measures: readonly Measure[]): EntitySeries {
  let events: Event[] = []
  let cumulated: readonly (readonly Totals<bigint>[])[] | undefined

  /** Totals before the n-th event, by measure. Sorting keeps the order of equal times. */
  function totals(): readonly (readonly Totals<bigint>[])[] {
    if (cumulated !== undefined) return cumulated
    events = events.toSorted((left, right) => order(left.known, right.known))
    cumulated = measures.map((measure) => cumulate(events, measure))
    return cumulated
  }

  return {
    add: (known, row) => {
      events.push({ known, row })
      cumulated = undefined
    },
    window: (measure, from, to) => {
      const cumulative = totals()[measure.index] ?? []
      const [first, end] = [countBefore(events, from), countBefore(events, to)]
      if (measure.op === 'min' || measure.op === 'max') return extreme(measure, events.slice(first, end))
      if (measure.op === 'latest') return null
      return summary(measure.op, difference(cumulative[end] ?? ZERO, cumulative[first] ?? ZERO), measure.scale)
    },
    newest: (from, to) => {
      totals()
      const last = events[countBefore(events, to) - 1]
      return last === undefined || last.known < from ? undefined : last.row
    },
  }
}

function cumulate(events: readonly Event[], { value, units }: Measure): readonly Totals<bigint>[] {
  const cumulative = [ZERO]
  for (const { row } of events) {
    const [before = ZERO, of, exact] = [cumulative.at(-1), value(row), units(row) ?? 0n]
    cumulative.push({
      rows: before.rows + Number(of !== null),
      held: before.held + Number(of === true),
      sum: before.sum + exact,
      squares: before.squares + exact * exact,
    })
  }
  return cumulative
}

function difference(end: Totals<bigint>, start: Totals<bigint>): Totals<bigint> {
  return {
    rows: end.rows - start.rows,
    held: end.held - start.held,
    sum: end.sum - start.sum,
    squares: end.squares - start.squares,
  }
}

/** Zero has one sign, so that the order of rows does not matter. */
function extreme({ op, value }: Measure, events: readonly Event[]): number | null {
  const values = events.map(({ row }) => value(row)).filter((found) => found !== null)
  const sign = op === 'max' ? 1 : -1
  const numbers = values.map((found) => Number(found) + 0)
  return numbers.reduce<number | null>((best, x) => (best === null || sign * order(x, best) > 0 ? x : best), null)
}

/** How many events are known before the time: binary search. */
function countBefore(events: readonly Event[], time: bigint): number {
  let [low, high] = [0, events.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const event = events[middle]
    if (event !== undefined && event.known < time) low = middle + 1
    else high = middle
  }
  return low
}
