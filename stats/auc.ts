import { ascending } from './order.ts'

/**
 * The area under the ROC curve: the chance that a positive row scores above a negative one, ties counted half. The rank
 * statistic of Mann and Whitney (1947), as in Hanley and McNeil, Radiology 143 (1982); exact, for the sums are of whole
 * and half numbers below 2^53. Null unless both classes have weight. `labels`: 0 or 1; `scores`: not negative.
 */
export function aucOf(labels: Uint8Array, scores: Float32Array): (weights?: Uint8Array) => number | null {
  const order = ascending(scores)
  const positive = new Uint8Array(order.map((row) => labels[row] ?? 0))
  const opens = new Uint8Array(order.map((row, place) => (scores[row] === scores[order[place - 1] ?? row] ? 0 : 1)))
  return (weights) => area({ order, positive, opens }, weights)
}

interface Sorted {
  /** The rows in ascending order of their scores, */
  readonly order: Uint32Array
  /** their labels, */
  readonly positive: Uint8Array
  /** and 1 where a row scores above the one before it: the ties of one score are one group. */
  readonly opens: Uint8Array
}

/** Multiplies by the label instead of asking for it: at random labels a processor guesses every second branch wrong. */
function area({ order, positive, opens }: Sorted, weights: Uint8Array | undefined): number | null {
  let [wins, positives, below, tiedPositives, tied] = [0, 0, 0, 0, 0]
  for (let place = 0; place < order.length; place += 1) {
    if (opens[place] === 1) {
      wins += tiedPositives * (below + (tied - tiedPositives) / 2)
      below += tied - tiedPositives
      positives += tiedPositives
      tiedPositives = 0
      tied = 0
    }
    const weight = weights === undefined ? 1 : (weights[order[place] ?? 0] ?? 0)
    tiedPositives += weight * (positive[place] ?? 0)
    tied += weight
  }
  wins += tiedPositives * (below + (tied - tiedPositives) / 2)
  below += tied - tiedPositives
  positives += tiedPositives
  return positives === 0 || below === 0 ? null : wins / positives / below
}
