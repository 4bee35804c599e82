import type { ModelSample } from './model-sample.ts'
import type { FeatureValues } from './onnx-scorer.ts'

/** Why a row has a low probability. */
export interface DecisionReasons {
  /** Of the holdout. */
  readonly row: number
  readonly probability: number
  /** At most four, what would change most first. None: nothing by itself would raise it. */
  readonly reasons: readonly Reason[]
}

export interface Reason {
  readonly feature: string
  /** By how much the probability would be higher with a usual value of the feature. */
  readonly gain: number
}

const DECISIONS = 20
const REASONS = 4

/**
 * Reasons as an adverse action notice gives them (Regulation B, 12 CFR 1002.9; its official interpretation suggests to
 * compare with the average of those who were accepted): for each of the lowest rows that are not selected, each feature is
 * set to what is usual among rows with label 1, one at a time. The median of numbers; of others the most frequent value.
 * Binary models only.
 */
export async function decisionReasons(sample: ModelSample, threshold: number): Promise<readonly DecisionReasons[]> {
  const before = await sample.examples(sample.columns)
  if (before.task !== 'binary') return []
  const { labels, probabilities } = before
  const accepted = [...labels.keys()].filter((row) => labels[row] === 1)
  const lowest = [...probabilities.keys()]
    .filter((row) => (probabilities[row] ?? 1) < threshold)
    .toSorted((one, other) => (probabilities[one] ?? 0) - (probabilities[other] ?? 0) || one - other)
    .slice(0, DECISIONS)
  if (accepted.length === 0 || lowest.length === 0) return []
  const gains = new Map(lowest.map((row) => [row, [] as Reason[]]))
  for (const [feature, values] of sample.columns) {
    const changed = await sample.examples(new Map(sample.columns).set(feature, usual(values, accepted)))
    if (changed.task !== 'binary') continue
    for (const [row, found] of gains) {
      const gain = (changed.probabilities[row] ?? 0) - (probabilities[row] ?? 0)
      if (gain > 0) found.push({ feature, gain })
    }
  }
  return lowest.map((row) => ({
    row: sample.at[row] ?? row,
    probability: probabilities[row] ?? 0,
    reasons: (gains.get(row) ?? []).toSorted((one, other) => other.gain - one.gain).slice(0, REASONS),
  }))
}

/** Every row with the usual value. */
function usual(values: FeatureValues, accepted: readonly number[]): FeatureValues {
  if (values instanceof Float32Array) {
    const sorted = Float32Array.from(accepted, (row) => values[row] ?? 0).toSorted()
    return new Float32Array(values.length).fill(sorted[Math.floor(sorted.length / 2)] ?? 0)
  }
  if (values instanceof Uint8Array) {
    const set = accepted.filter((row) => values[row] === 1).length
    return new Uint8Array(values.length).fill(2 * set > accepted.length ? 1 : 0)
  }
  const counts = new Map<string, number>()
  for (const row of accepted) counts.set(values[row] ?? '', (counts.get(values[row] ?? '') ?? 0) + 1)
  const [most = ''] =
    [...counts].toSorted(([one, many], [other, more]) => more - many || (one < other ? -1 : 1))[0] ?? []
  return values.map(() => most)
}
