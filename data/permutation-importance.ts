import { directionOf } from '../dsl/metrics.ts'
import type { Examples } from '../stats/examples.ts'
import { measureOf } from '../stats/examples.ts'
import { randomBits, type RandomBits } from '../stats/random.ts'
import type { ModelSample } from './model-sample.ts'
import type { FeatureValues } from './onnx-scorer.ts'

/** What a model loses where a feature tells nothing any more. */
export interface Importance {
  readonly metric: string
  readonly rows: number
  /** The most important first. */
  readonly features: readonly FeatureImportance[]
}

export interface FeatureImportance {
  readonly name: string
  /** By how much worse the metric is, in its own unit: the mean over the shuffles. */
  readonly loss: number
  /** Between the best and the worst shuffle. */
  readonly spread: number
}

const SHUFFLES = 3
const METRIC_OF: Readonly<Record<Examples['task'], string>> = {
  binary: 'auc',
  multiclass: 'accuracy',
  regression: 'rmse',
}

/**
 * Permutation importance (Breiman, "Random Forests", Machine Learning 45, 2001; as in scikit-learn): how much worse the
 * metric is when one feature's values are shuffled among the rows. Features that say the same hide each other. Null where
 * the metric has no value.
 */
export async function permutationImportance(sample: ModelSample, seed: number): Promise<Importance | null> {
  const before = await sample.examples(sample.columns)
  const metric = METRIC_OF[before.task]
  const base = measureOf(before).of()[metric] ?? null
  if (base === null) return null
  const random = randomBits(seed)
  const features: FeatureImportance[] = []
  for (const [name, values] of sample.columns) {
    const losses: number[] = []
    for (let shuffle = 0; shuffle < SHUFFLES; shuffle += 1) {
      const changed = new Map(sample.columns).set(name, shuffled(values, random))
      const value = measureOf(await sample.examples(changed)).of()[metric] ?? base
      losses.push(directionOf(metric) === 'higher' ? base - value : value - base)
    }
    const loss = losses.reduce((sum, one) => sum + one, 0) / losses.length
    features.push({ name, loss, spread: Math.max(...losses) - Math.min(...losses) })
  }
  return { metric, rows: sample.at.length, features: features.toSorted((one, other) => other.loss - one.loss) }
}

/** Fisher and Yates, as in Knuth, "The Art of Computer Programming", vol. 2, 3.4.2, algorithm P. */
function shuffled(values: FeatureValues, random: RandomBits): FeatureValues {
  const copy = values.slice() as Float32Array & string[]
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const place = random() % (last + 1)
    const [one, other] = [copy[last] as never, copy[place] as never]
    copy[last] = other
    copy[place] = one
  }
  return copy
}
