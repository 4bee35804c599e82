import type { Measure, MetricValues } from './measure.ts'
import { fillPoisson, randomBits } from './random.ts'

/** Where a metric lies with 95 % confidence. */
export interface Interval {
  readonly low: number
  readonly high: number
}

export type Intervals = Readonly<Record<string, Interval>>

export interface Resampling {
  readonly seed: number
  /** Default: 200. */
  readonly resamples?: number
}

/**
 * Percentile intervals at 95 % (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13) over
 * Poisson-weighted resamples of the rows. A metric that has no value on some resample has no interval.
 */
export function bootstrap(measure: Measure, resampling: Resampling): Intervals {
  return intervalsOf(resampled(measure.rows, resampling, (weights) => measure.of(weights)))
}

/**
 * Intervals of `candidate` minus `incumbent`, metric by metric: both on the same rows in every resample, so that what a
 * hard row does to both cancels out.
 */
export function pairedBootstrap(
  { candidate, incumbent }: { readonly candidate: Measure; readonly incumbent: Measure },
  resampling: Resampling,
): Intervals {
  return intervalsOf(
    resampled(candidate.rows, resampling, (weights) => differences(candidate.of(weights), incumbent.of(weights))),
  )
}

/** Metric by metric; null where either is. */
export function differences(candidate: MetricValues, incumbent: MetricValues): MetricValues {
  return Object.fromEntries(
    Object.entries(candidate).map(([metric, value]) => {
      const other = incumbent[metric] ?? null
      return [metric, value === null || other === null ? null : value - other]
    }),
  )
}

function resampled(
  rows: number,
  { seed, resamples = 200 }: Resampling,
  compute: (weights: Uint8Array) => MetricValues,
): readonly MetricValues[] {
  if (rows === 0) return []
  const random = randomBits(seed)
  const weights = new Uint8Array(rows)
  return Array.from({ length: resamples }, () => {
    fillPoisson(weights, random)
    return compute(weights)
  })
}

function intervalsOf(draws: readonly MetricValues[]): Intervals {
  const metrics = Object.keys(draws[0] ?? {})
  return Object.fromEntries(
    metrics.flatMap((metric) => {
      const values = draws.flatMap((draw) => draw[metric] ?? [])
      if (values.length < draws.length) return []
      const sorted = Float64Array.from(values).toSorted()
      return [[metric, { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }]]
    }),
  )
}

/** Type 7 of Hyndman and Fan, American Statistician 50(4), 1996: what NumPy and R do by default. */
function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}
