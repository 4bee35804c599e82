import type { MetricLimit } from '../../dsl/lifecycle/nodes.ts'
import { directionOf, type LearningTask } from '../../dsl/metrics.ts'
import type { Interval } from '../../stats/bootstrap.ts'
import { measureOf, pick, type Examples } from '../../stats/examples.ts'
import { rowLosses } from '../../stats/row-losses.ts'
import { differenceOf, meanSequence } from '../../stats/sequential.ts'
import { lookAt, spentBootstrap } from '../../stats/spent-bootstrap.ts'
import type { QualityFinding } from './judge-step.ts'
import type { LabelledRow } from './labelled-rows.ts'

/** How a model's numbers are to be read. */
export interface Reading {
  readonly task: LearningTask
  /** In the order of the predictions; null for a regression, and for `false`, `true`. */
  readonly classes: readonly string[] | null
}

export interface JudgedSide extends Reading {
  readonly rows: readonly LabelledRow[]
}

export interface QualityOptions {
  readonly limits: readonly MetricLimit[]
  /** Of each metric. */
  readonly alpha: number
  /** What an absolute error is held at; null: `mae` is judged by bootstrap. */
  readonly mostError: number | null
}

interface Sides {
  readonly candidate: JudgedSide
  readonly incumbent: JudgedSide
}

/** By how much the candidate is worse, metric by metric. */
export function judgeQuality(sides: Sides, options: QualityOptions): readonly QualityFinding[] {
  const rows = { candidate: sides.candidate.rows.length, incumbent: sides.incumbent.rows.length }
  const missing = Math.min(rows.candidate, rows.incumbent) === 0 || sides.candidate.task !== sides.incumbent.task
  const examples = { candidate: examplesOf(sides.candidate), incumbent: examplesOf(sides.incumbent) }
  return options.limits.map(({ metric }) => {
    const sequence = missing ? null : bySequence(sides, examples, { ...options, metric })
    if (sequence !== null) return { metric, worseBy: sequence, rows, by: 'sequence' }
    return { metric, worseBy: missing ? null : byBootstrap(examples, { ...options, metric }), rows, by: 'bootstrap' }
  })
}

interface BothExamples {
  readonly candidate: Examples
  readonly incumbent: Examples
}

type Judging = QualityOptions & { readonly metric: string }

function bySequence(sides: Sides, examples: BothExamples, { metric, alpha, mostError }: Judging): Interval | null {
  const [own, other] = [
    rowLosses(examples.candidate, metric, mostError),
    rowLosses(examples.incumbent, metric, mostError),
  ]
  if (own === null || other === null) return null
  const { low, high } = differenceOf(
    meanSequence({ values: own.values, weights: weightsOf(sides.candidate) }, alpha / 2),
    meanSequence({ values: other.values, weights: weightsOf(sides.incumbent) }, alpha / 2),
  )
  return { low: low * own.scale, high: high * own.scale }
}

function weightsOf({ rows }: JudgedSide): Float64Array {
  return Float64Array.from(rows, ({ weight }) => weight)
}

function byBootstrap({ candidate, incumbent }: BothExamples, { metric, alpha }: Judging): Interval | null {
  const look = lookAt(Math.min(candidate.labels.length, incumbent.labels.length))
  if (look === null) return null
  const first = Uint32Array.from({ length: look.rows }, (_, row) => row)
  const measures = { candidate: measureOf(pick(candidate, first)), incumbent: measureOf(pick(incumbent, first)) }
  const found = spentBootstrap(measures, metric, { look, alpha, seed: look.number })
  if (found === null) return null
  return directionOf(metric) === 'lower' ? found : { low: 0 - found.high, high: 0 - found.low }
}

/** Labels beside what a model said, as metrics read them. */
export function examplesOf({ task, classes, rows }: JudgedSide): Examples {
  switch (task) {
    case 'regression':
      return {
        task,
        labels: Float64Array.from(rows, ({ label }) => Number(label)),
        predictions: Float32Array.from(rows, ({ prediction }) => prediction[0] ?? Number.NaN),
      }
    case 'binary': {
      const positive = (classes ?? ['false', 'true']).indexOf('true')
      return {
        task,
        labels: Uint8Array.from(rows, ({ label }) => (label === true ? 1 : 0)),
        probabilities: Float32Array.from(rows, ({ prediction }) => within(prediction[positive])),
      }
    }
    case 'multiclass': {
      const names = classes ?? []
      return {
        task,
        classes: names.length,
        labels: Int32Array.from(rows, ({ label }) => names.indexOf(String(label))),
        probabilities: Float32Array.from(
          rows.flatMap(({ prediction }) => names.map((_, of) => within(prediction[of]))),
        ),
      }
    }
  }
}

/** Float32 rounding may have put it a little beyond. */
function within(probability = 0): number {
  return Math.min(Math.max(probability, 0), 1)
}
