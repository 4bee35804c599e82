import type { Reference } from '../../data/training-reference.ts'
import type { Digest } from '../../dsl/plan.ts'
import type { Artifacts } from '../../store/artifacts.ts'
import { readJson } from '../order.ts'
import { binSample } from './bin-sample.ts'
import type { StepSample } from './step-sample.ts'

/** What windows need of a sample. */
export interface SampleBins {
  readonly rows: number
  readonly missing: StepSample['missing']
  /** By feature of the reference: rows by cell; a feature that no row has is left out. */
  readonly cells: Readonly<Record<string, readonly number[]>>
}

export interface Binning {
  readonly reference: Reference | null
  /** Names it; any text where there is none. */
  readonly key: string
}

/** Bins samples. Both are named by digests, so the latest ones are kept: each step is in many windows. */
export type SampleBinner = (artifacts: Artifacts, sample: Digest, binning: Binning) => Promise<SampleBins>

const MOST_KEPT = 2000

export function sampleBinner(): SampleBinner {
  const kept = new Map<string, SampleBins>()
  return async (artifacts, sample, { reference, key }) => {
    const name = `${sample} ${key}`
    const bins = kept.get(name) ?? binsOf(await readJson<StepSample>(artifacts, sample), reference)
    kept.delete(name)
    kept.set(name, bins)
    const [oldest] = kept.keys()
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    return bins
  }
}

export function binsOf(sample: StepSample, reference: Reference | null): SampleBins {
  const cells = Object.entries(reference?.features ?? {}).flatMap(([name, feature]) => {
    const counts = binSample(sample, name, feature.cells)
    return counts === undefined ? [] : [[name, counts] as const]
  })
  return { rows: sample.ids.length, missing: sample.missing, cells: Object.fromEntries(cells) }
}
