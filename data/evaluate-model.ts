import { writeFile } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { canonicalJson, digestOf } from '../dsl/digest.ts'
import type { EvaluateSpec } from '../dsl/lifecycle/nodes.ts'
import { bootstrap } from '../stats/bootstrap.ts'
import { calibrationOf } from '../stats/calibration.ts'
import { measureOf, type Examples } from '../stats/examples.ts'
import { judge, type Gate } from '../stats/gates.ts'
import type { MetricValues } from '../stats/measure.ts'
import { macroAuc } from '../stats/multiclass.ts'
import { compareIncumbent, type Comparison, type Incumbent } from './compare-incumbent.ts'
import type { Dataset, FileRef } from './dataset.ts'
import { withDuckDb, type DuckDbOptions } from './duckdb.ts'
import type { Evaluation, Findings } from './evaluation.ts'
import { evaluationPage } from './evaluation-page.ts'
import { explainModel } from './explain-model.ts'
import { fairnessGates, fairnessOf } from './fairness.ts'
import type { FeatureTable } from './feature-table.ts'
import { takeHoldout } from './holdout.ts'
import { scoreHoldout, withModel, type Scoring } from './score-holdout.ts'
import { readHoldoutValues, sliceGates, sliceHoldout } from './slice-holdout.ts'

export interface EvaluationInput {
  readonly spec: EvaluateSpec
  readonly table: FeatureTable
  /** ONNX. */
  readonly model: FileRef
  readonly training: { readonly classes: readonly string[] | null }
  /** Of the table's contract: has the columns to slice by. */
  readonly dataset: Dataset
  readonly incumbent: Incumbent | null
  /** Default: 1,500 MiB and two threads. */
  readonly duckDb?: DuckDbOptions
}

/**
 * Measures a model on the examples that its training has not seen, and holds the gates against it. Writes
 * `evaluation.json` and `evaluation.html` to the current folder; the same input gives the same bytes.
 * Throws `ModelError` where a model cannot be used or a prediction is no number.
 */
export async function evaluateModel(input: EvaluationInput): Promise<Evaluation> {
  const findings = await withDuckDb(input.duckDb ?? { memoryMib: 1500, threads: 2 }, (connection) =>
    findingsOf(connection, input),
  )
  await writeFile('evaluation.json', `${canonicalJson(findings)}\n`)
  await writeFile('evaluation.html', evaluationPage(findings))
  return { ...findings, report: { $file: 'evaluation.json' }, page: { $file: 'evaluation.html' } }
}

async function findingsOf(connection: DuckDBConnection, input: EvaluationInput): Promise<Findings> {
  const { spec, table, model, training } = input
  const holdout = await takeHoldout(connection, { table, split: spec.split, task: spec.task })
  return withModel({ holdout, model, table, classes: training.classes }, (scoring) =>
    findingsOn(connection, input, scoring),
  )
}

async function findingsOn(connection: DuckDBConnection, input: EvaluationInput, scoring: Scoring): Promise<Findings> {
  const { spec, dataset, incumbent } = input
  const { holdout } = scoring
  // Of what is evaluated, so that another try draws the same resamples.
  const seed = Number.parseInt(digestOf(spec).slice(0, 8), 16)
  const { at, examples } = await scoreHoldout(connection, scoring)
  if (at.length !== holdout.rows) throw new Error(`holdout: expected ${holdout.rows} scores, got ${at.length}`)
  const measure = measureOf(examples)
  const metrics = { ...measure.of(), ...macro(examples) }
  const values = await readHoldoutValues(connection, { spec, dataset, rows: holdout.rows })
  const slices = sliceHoldout(spec, { values, examples })
  const fairness = fairnessOf(spec, { values, examples, seed })
  const explanation = await explainModel(connection, { ...scoring, spec, seed })
  const comparison =
    incumbent && (await compareIncumbent(connection, { holdout, candidate: examples, incumbent, seed }))
  const gates = gatesOf(spec, { metrics, comparison }).concat(sliceGates(spec, slices), fairnessGates(spec, fairness))
  return {
    model: spec.model,
    task: spec.task,
    rows: holdout.rows,
    unknownClass: examples.task === 'multiclass' ? examples.labels.filter((label) => label === -1).length : 0,
    metrics: known(metrics),
    intervals: bootstrap(measure, { seed }),
    calibration: calibrationOf(examples),
    slices,
    fairness,
    ...explanation,
    incumbent: comparison,
    gates,
    passed: gates.every(({ passed }) => passed),
  }
}

function macro(examples: Examples): MetricValues {
  return examples.task === 'multiclass' ? { macro_auc: macroAuc(examples) } : {}
}

function gatesOf(
  spec: EvaluateSpec,
  { metrics, comparison }: { readonly metrics: MetricValues; readonly comparison: Comparison | null },
): readonly Gate[] {
  return [
    ...judge({ scope: 'overall', metrics, incumbent: null }, spec.overall),
    ...judge(
      {
        scope: 'incumbent',
        metrics: comparison?.candidate ?? metrics,
        incumbent: comparison?.incumbent ?? null,
      },
      spec.incumbent,
    ),
  ]
}

function known(metrics: MetricValues): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([metric, value]) => (value === null ? [] : [[metric, value]])),
  )
}
