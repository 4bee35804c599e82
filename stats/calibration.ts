import type { Examples } from './examples.ts'
import { likeliest, probabilityOf } from './multiclass.ts'
import { ascending } from './order.ts'

export interface Calibration {
  /**
   * Expected calibration error: the bins' distances of what was said from what happened, weighted by rows
   * (Naeini, Cooper and Hauskrecht, AAAI 2015).
   */
  readonly error: number
  readonly bins: readonly CalibrationBin[]
}

export interface CalibrationBin {
  readonly rows: number
  /** The mean probability that was given. */
  readonly predicted: number
  /** The share of rows where it came true. */
  readonly observed: number
}

/**
 * Bins of equal mass, which are less biased than those of equal width (Roelofs et al., "Mitigating bias in calibration
 * error estimation", AISTATS 2022). Equal probabilities stay in one bin, so that the order of rows changes nothing.
 * Binary: of label 1. Multiclass: of the likeliest class (Guo et al., ICML 2017). Null for a regression and for no rows.
 */
export function calibrationOf(examples: Examples, bins = 10): Calibration | null {
  const claims = claimsOf(examples)
  if (claims === null || claims.said.length === 0) return null
  const order = ascending(claims.said)
  const found = edges(order, { said: claims.said, bins }).map(([from, to]) => binOf(order.subarray(from, to), claims))
  const rows = order.length
  const error = found.reduce((sum, bin) => sum + (bin.rows / rows) * Math.abs(bin.predicted - bin.observed), 0)
  return { error, bins: found }
}

interface Claims {
  readonly said: Float32Array
  readonly cameTrue: Uint8Array
}

function claimsOf(examples: Examples): Claims | null {
  if (examples.task === 'regression') return null
  const { labels, probabilities } = examples
  if (examples.task === 'binary') return { said: probabilities, cameTrue: examples.labels }
  const likely = Int32Array.from(labels, (_, row) => likeliest(examples, row))
  return {
    said: Float32Array.from(likely, (of, row) => probabilityOf(examples, { row, of })),
    cameTrue: Uint8Array.from(likely, (of, row) => (labels[row] === of ? 1 : 0)),
  }
}

/** Each bin's first place and the one past its last. */
function edges(order: Uint32Array, { said, bins }: { said: Float32Array; bins: number }): readonly [number, number][] {
  const found: [number, number][] = []
  let from = 0
  for (let bin = 1; bin <= bins; bin += 1) {
    let to = Math.max(Math.round((bin * order.length) / bins), from)
    while (to > from && to < order.length && said[order[to] ?? 0] === said[order[to - 1] ?? 0]) to += 1
    if (to > from) found.push([from, to])
    from = to
  }
  return found
}

function binOf(rows: Uint32Array, { said, cameTrue }: Claims): CalibrationBin {
  let [predicted, observed] = [0, 0]
  for (const row of rows) {
    predicted += said[row] ?? 0
    observed += cameTrue[row] ?? 0
  }
  return { rows: rows.length, predicted: predicted / rows.length, observed: observed / rows.length }
}
