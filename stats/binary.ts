import { aucOf } from './auc.ts'
import { checkLength, checkProbabilities, StatsError } from './errors.ts'
import { surprise } from './log-loss.ts'
import { ratio, type Measure } from './measure.ts'
import { totalWeight, weightedSums } from './weighted-sums.ts'

export interface BinaryExamples {
  readonly task: 'binary'
  /** 0 or 1. */
  readonly labels: Uint8Array
  /** Of label 1. float32 [rows] */
  readonly probabilities: Float32Array
}

/**
 * `auc`; `log_loss`; `brier`: mean squared distance of the probability from what happened (Brier, Monthly Weather Review
 * 78, 1950); `accuracy` at one half. No rows: all null. One class: `auc` is null.
 * Throws `StatsError` for probabilities that are none.
 */
export function binaryMeasure({ labels, probabilities }: BinaryExamples): Measure {
  checkLength('probabilities', { expected: labels.length, got: probabilities.length })
  checkProbabilities(probabilities)
  checkLabels(labels)
  const auc = aucOf(labels, probabilities)
  const probabilityOf = (row: number): number => probabilities[row] ?? 0
  // `map`, not `from`: that goes by the iterator, at ten times the time.
  const doubles = new Float64Array(labels)
  const terms = [
    doubles.map((label, row) => surprise(label === 1 ? probabilityOf(row) : 1 - probabilityOf(row))),
    doubles.map((label, row) => (probabilityOf(row) - label) ** 2),
    doubles.map((label, row) => (probabilityOf(row) > 0.5 === (label === 1) ? 1 : 0)),
  ]
  return {
    rows: labels.length,
    of: (weights) => {
      const total = totalWeight(labels.length, weights)
      const [loss = 0, brier = 0, right = 0] = weightedSums(terms, weights)
      return {
        auc: auc(weights),
        log_loss: ratio(loss, total),
        brier: ratio(brier, total),
        accuracy: ratio(right, total),
      }
    },
  }
}

function checkLabels(labels: Uint8Array): void {
  const at = labels.findIndex((label) => label > 1)
  if (at === -1) return
  throw new StatsError('out-of-range', `label ${at}: expected 0 or 1, got ${labels[at]}`)
}
