import { aucOf } from './auc.ts'
import { checkLength, checkProbabilities, StatsError } from './errors.ts'
import { surprise } from './log-loss.ts'
import { ratio, type Measure } from './measure.ts'
import { totalWeight, weightedSums } from './weighted-sums.ts'

export interface MulticlassExamples {
  readonly task: 'multiclass'
  readonly classes: number
  /** The class's number; -1 for a class that the model was not trained on: it gave it no probability. */
  readonly labels: Int32Array
  /** float32 [rows, classes], row by row. */
  readonly probabilities: Float32Array
}

/**
 * `accuracy` of the likeliest class, the first of equals; `log_loss`; `brier`: the squared distance summed over the
 * classes, so from 0 to 2 (Brier 1950). No rows: all null. Throws `StatsError` for probabilities that are none.
 */
export function multiclassMeasure(examples: MulticlassExamples): Measure {
  check(examples)
  const { labels } = examples
  const terms = [
    Float64Array.from(labels, (label, row) => surprise(probabilityOf(examples, { row, of: label }))),
    Float64Array.from(labels, (label, row) => brierOf(examples, row) + (label === -1 ? 1 : 0)),
    Float64Array.from(labels, (label, row) => (likeliest(examples, row) === label ? 1 : 0)),
  ]
  return {
    rows: labels.length,
    of: (weights) => {
      const total = totalWeight(labels.length, weights)
      const [loss = 0, brier = 0, right = 0] = weightedSums(terms, weights)
      return { accuracy: ratio(right, total), log_loss: ratio(loss, total), brier: ratio(brier, total) }
    },
  }
}

/**
 * The mean over the classes of each against the rest, every class alike (Provost and Domingos, NYU IS-00-04, 2000). Null
 * where a class is on no row or on all. Apart from the measure, for it sorts the rows once per class.
 */
export function macroAuc(examples: MulticlassExamples): number | null {
  const { labels, classes } = examples
  let sum = 0
  for (let of = 0; of < classes; of += 1) {
    const own = Uint8Array.from(labels, (label) => (label === of ? 1 : 0))
    const auc = aucOf(own, columnOf(examples, of))()
    if (auc === null) return null
    sum += auc
  }
  return ratio(sum, classes)
}

/** The class with the highest probability, the first of equals. */
export function likeliest({ classes, probabilities }: MulticlassExamples, row: number): number {
  let best = 0
  for (let of = 1; of < classes; of += 1) {
    if ((probabilities[row * classes + of] ?? 0) > (probabilities[row * classes + best] ?? 0)) best = of
  }
  return best
}

export function probabilityOf(
  { classes, probabilities }: MulticlassExamples,
  { row, of }: { readonly row: number; readonly of: number },
): number {
  return of === -1 ? 0 : (probabilities[row * classes + of] ?? 0)
}

function brierOf({ classes, labels, probabilities }: MulticlassExamples, row: number): number {
  let sum = 0
  for (let of = 0; of < classes; of += 1) {
    sum += ((probabilities[row * classes + of] ?? 0) - (labels[row] === of ? 1 : 0)) ** 2
  }
  return sum
}

function columnOf({ classes, labels, probabilities }: MulticlassExamples, of: number): Float32Array {
  return Float32Array.from(labels, (_, row) => probabilities[row * classes + of] ?? 0)
}

function check({ classes, labels, probabilities }: MulticlassExamples): void {
  checkLength('probabilities', { expected: labels.length * classes, got: probabilities.length })
  checkProbabilities(probabilities)
  const at = labels.findIndex((label) => label < -1 || label >= classes)
  if (at === -1) return
  throw new StatsError('out-of-range', `label ${at}: expected a class from 0 to ${classes - 1}, got ${labels[at]}`)
}
