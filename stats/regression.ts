import { checkFinite, checkLength } from './errors.ts'
import { ratio, type Measure } from './measure.ts'
import { totalWeight, weightedSums } from './weighted-sums.ts'

export interface RegressionExamples {
  readonly task: 'regression'
  readonly labels: Float64Array
  /** float32 [rows] */
  readonly predictions: Float32Array
}

/**
 * `mae` and `rmse`, in the label's unit; `r2`: 1 - residual over total sum of squares (Kvålseth, American Statistician
 * 39(4), 1985, R²₁). No rows: all null. All labels equal: `r2` is null. Throws `StatsError` for numbers not finite.
 */
export function regressionMeasure({ labels, predictions }: RegressionExamples): Measure {
  checkLength('predictions', { expected: labels.length, got: predictions.length })
  checkFinite('prediction', predictions)
  checkFinite('label', labels)
  const errors = labels.map((label, row) => (predictions[row] ?? 0) - label)
  // Centred, or Σ y² - (Σ y)²/n would be a small difference of large numbers.
  const centre = labels.reduce((sum, label) => sum + label, 0) / Math.max(labels.length, 1)
  const centred = labels.map((label) => label - centre)
  const terms = [errors.map(Math.abs), squares(errors), centred, squares(centred)]
  return {
    rows: labels.length,
    of: (weights) => {
      const total = totalWeight(labels.length, weights)
      const [absolute = 0, residual = 0, sum = 0, spread = 0] = weightedSums(terms, weights)
      const meanSquare = ratio(residual, total)
      return {
        rmse: meanSquare === null ? null : Math.sqrt(meanSquare),
        mae: ratio(absolute, total),
        r2: rSquared(residual, total === 0 ? 0 : spread - sum ** 2 / total),
      }
    },
  }
}

function rSquared(residual: number, spread: number): number | null {
  const unexplained = ratio(residual, Math.max(spread, 0))
  return unexplained === null ? null : 1 - unexplained
}

function squares(values: Float64Array): Float64Array {
  return values.map((value) => value ** 2)
}
