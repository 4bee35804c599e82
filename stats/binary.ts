import { ranked, sweep } from './auc.ts'
import { checkLength, checkProbabilities, StatsError } from './errors.ts'
import { surprise } from './log-loss.ts'
import { ratio, type Measure } from './measure.ts'

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
  const ranks = ranked(labels, probabilities, (label, probability) => [
    surprise(label === 1 ? probability : 1 - probability),
    (probability - label) ** 2,
    probability > 0.5 === (label === 1) ? 1 : 0,
  ])
  return {
    rows: labels.length,
    of: (weights) => {
      const { auc, weight, sums } = sweep(ranks, weights)
      const [loss, brier, right] = sums
      return { auc, log_loss: ratio(loss, weight), brier: ratio(brier, weight), accuracy: ratio(right, weight) }
    },
  }
}

function checkLabels(labels: Uint8Array): void {
  const at = labels.findIndex((label) => label > 1)
  if (at === -1) return
  throw new StatsError('out-of-range', `label ${at}: expected 0 or 1, got ${labels[at]}`)
}
