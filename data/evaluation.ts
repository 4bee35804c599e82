import type { LearningTask } from '../dsl/metrics.ts'
import type { Intervals } from '../stats/bootstrap.ts'
import type { Calibration } from '../stats/calibration.ts'
import type { Gate } from '../stats/gates.ts'
import type { Comparison } from './compare-incumbent.ts'
import type { FileRef } from './dataset.ts'
import type { Explanation } from './explain-model.ts'
import type { Fairness } from './fairness.ts'
import type { SlicedColumn } from './slice-holdout.ts'

/** What a model is worth on the holdout, and whether that is enough. */
export interface Findings extends Explanation {
  readonly model: string
  readonly task: LearningTask
  /** Of the holdout. */
  readonly rows: number
  /** Rows whose class the model was not trained on; 0 but for multiclass. */
  readonly unknownClass: number
  /** Without those that have no value on these rows. */
  readonly metrics: Readonly<Record<string, number>>
  /** 95 %, by bootstrap. */
  readonly intervals: Intervals
  readonly calibration: Calibration | null
  readonly slices: readonly SlicedColumn[]
  /** By protected column; none but for binary models. */
  readonly fairness: readonly Fairness[]
  readonly incumbent: Comparison | null
  readonly gates: readonly Gate[]
  /** Whether every gate did. */
  readonly passed: boolean
}

export interface Evaluation extends Findings {
  /** The findings as JSON. */
  readonly report: FileRef
  /** The findings as a page of HTML that needs no other file. */
  readonly page: FileRef
}
