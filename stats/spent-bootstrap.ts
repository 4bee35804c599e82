import { differences, type Interval } from './bootstrap.ts'
import type { Measure, MetricValues } from './measure.ts'
import { fillPoisson, randomBits } from './random.ts'

/** Rows of either side at the first look; each look has twice as many as the one before. */
const FIRST_LOOK = 64
const RESAMPLES = 200

export interface Look {
  /** From 1. */
  readonly number: number
  /** Rows of each side that it looks at. */
  readonly rows: number
}

/** The latest look at so many rows; between two looks there is nothing new, so that looking more often costs nothing. */
export function lookAt(rows: number): Look | null {
  if (rows < FIRST_LOOK) return null
  const number = Math.floor(Math.log2(rows / FIRST_LOOK)) + 1
  return { number, rows: FIRST_LOOK * 2 ** (number - 1) }
}

export interface Sides {
  readonly candidate: Measure
  readonly incumbent: Measure
}

export interface Spending {
  readonly look: Look
  readonly alpha: number
  readonly seed: number
}

/**
 * Of candidate minus incumbent for a metric that is no mean. Asymptotic, unlike the sequences: a normal interval with the
 * bootstrap's standard error (Efron and Tibshirani, 1993, chapter 13), of which look k may err with 6 alpha / (pi k)^2, alpha in
 * all. Its half-width is sqrt(2 ln(2 / alpha)) standard errors, which is never less than the normal quantile. Null where
 * some resample has no value.
 */
export function spentBootstrap({ candidate, incumbent }: Sides, metric: string, spending: Spending): Interval | null {
  const { look, alpha, seed } = spending
  const random = randomBits(seed)
  const draw = (measure: Measure): MetricValues => {
    const weights = new Uint8Array(measure.rows)
    fillPoisson(weights, random)
    return measure.of(weights)
  }
  const middle = differences(candidate.of(), incumbent.of())[metric] ?? null
  const draws = Array.from({ length: RESAMPLES }, () => differences(draw(candidate), draw(incumbent))[metric] ?? null)
  const known = draws.filter((value) => value !== null)
  if (middle === null || known.length < RESAMPLES) return null
  const mean = known.reduce((sum, value) => sum + value, 0) / RESAMPLES
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (RESAMPLES - 1)
  const spent = (6 * alpha) / (Math.PI * look.number) ** 2
  const radius = Math.sqrt(2 * Math.log(2 / spent) * variance)
  return { low: middle - radius, high: middle + radius }
}
