import { ascending } from './order.ts'

/**
 * The area under the ROC curve: the chance that a positive row scores above a negative one, ties counted half. The rank
 * statistic of Mann and Whitney (1947), as in Hanley and McNeil, Radiology 143 (1982); exact, for the sums are of whole
 * and half numbers below 2^53. Null unless both classes have weight. `labels`: 0 or 1; `scores`: not negative.
 */
export function aucOf(labels: Uint8Array, scores: Float32Array): (weights?: Uint8Array) => number | null {
  const ranks = ranked(labels, scores, () => [0, 0, 0])
  return (weights) => sweep(ranks, weights).auc
}

/** The rows in ascending order of their scores. */
export interface Ranked {
  readonly order: Uint32Array
  /** 1 where a row scores above the one before it: the ties of one score are one group. */
  readonly opens: Uint8Array
  /** The label of each row and its three terms, side by side. float64 [rows, 4] */
  readonly values: Float64Array
}

export function ranked(
  labels: Uint8Array,
  scores: Float32Array,
  termsOf: (label: number, score: number) => readonly [number, number, number],
): Ranked {
  const order = ascending(scores)
  const opens = new Uint8Array(order.map((row, place) => (scores[row] === scores[order[place - 1] ?? row] ? 0 : 1)))
  const values = new Float64Array(order.length * 4)
  for (const [place, row] of order.entries()) {
    const label = labels[row] ?? 0
    values.set([label, ...termsOf(label, scores[row] ?? 0)], place * 4)
  }
  return { order, opens, values }
}

export interface Swept {
  readonly auc: number | null
  /** Σ w */
  readonly weight: number
  /** Σ w·t of each term */
  readonly sums: readonly [number, number, number]
}

/**
 * One pass over the rows for all that is asked of a resample, for looking up the weights is what takes long. Multiplies by
 * the label instead of asking for it: at random labels a processor guesses every second branch wrong. Without weights each
 * row counts once.
 */
export function sweep({ order, opens, values }: Ranked, weights?: Uint8Array): Swept {
  let [wins, positives, below, tiedPositives, tiedNegatives] = [0, 0, 0, 0, 0]
  let [first, second, third] = [0, 0, 0]
  for (let place = 0; place < order.length; place += 1) {
    if (opens[place] === 1) {
      wins += tiedPositives * (below + tiedNegatives / 2)
      below += tiedNegatives
      positives += tiedPositives
      tiedPositives = 0
      tiedNegatives = 0
    }
    const weight = weights === undefined ? 1 : (weights[order[place] ?? 0] ?? 0)
    const positive = weight * (values[place * 4] ?? 0)
    tiedPositives += positive
    tiedNegatives += weight - positive
    first += weight * (values[place * 4 + 1] ?? 0)
    second += weight * (values[place * 4 + 2] ?? 0)
    third += weight * (values[place * 4 + 3] ?? 0)
  }
  wins += tiedPositives * (below + tiedNegatives / 2)
  below += tiedNegatives
  positives += tiedPositives
  const auc = positives === 0 || below === 0 ? null : wins / positives / below
  return { auc, weight: positives + below, sums: [first, second, third] }
}
