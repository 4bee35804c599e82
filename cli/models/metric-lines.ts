import { grouped, shortNumber, table } from './table.ts'

interface Measured {
  readonly metrics: Readonly<Record<string, number>>
  /** 95 %; absent where the evidence is, null of a metric without one. */
  readonly intervals: Readonly<Record<string, { readonly low: number; readonly high: number } | null>> | undefined
  /** Of the holdout. */
  readonly rows: number | undefined
}

/** A model's metrics as a table, with their intervals. */
export function metricLines(
  { metrics, intervals, rows }: Measured,
  { colour }: { readonly colour: boolean },
): readonly string[] {
  const lines = Object.entries(metrics).map(([metric, value]) => {
    const interval = intervals?.[metric]
    return [metric, shortNumber(value), interval ? `${shortNumber(interval.low)} to ${shortNumber(interval.high)}` : '']
  })
  const on = rows === undefined ? '' : ` on ${grouped(rows)} held-out rows`
  return table(lines, { head: ['metric', 'value', `95 % interval${on}`], right: [1], colour })
}
