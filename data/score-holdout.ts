import type { DuckDBConnection } from '@duckdb/node-api'
import type { Examples } from '../stats/examples.ts'
import type { FileRef } from './dataset.ts'
import type { FeatureColumn, FeatureTable } from './feature-table.ts'
import { featureQuery, type Holdout, type Labels } from './holdout.ts'
import { ModelError } from './model-error.ts'
import { openModel, type FeatureValues, type OnnxModel } from './onnx-scorer.ts'
import { readBatches, type Batch, type ColumnKind } from './read-columns.ts'

/** A model beside the table that has its features. */
export interface Scored {
  readonly model: FileRef
  readonly table: FeatureTable
  /** In the order of the outputs; null for a regression, and for `false`, `true`. */
  readonly classes: readonly string[] | null
}

export interface HoldoutScores {
  /** The holdout's rows that the table has, ascending. */
  readonly at: Uint32Array
  /** Of those rows. */
  readonly examples: Examples
}

export const KIND_OF: Readonly<Record<FeatureColumn['type'], ColumnKind>> = {
  number: 'float',
  boolean: 'boolean',
  string: 'string',
}
/** Not the machine's own number: a network of sums may answer a last digit that depends on it. */
const THREADS = 2
/** What float32 rounding may put a probability beyond 0 or 1. */
const ROUNDING = 1e-5

/** Hands a holdout's model to `use`, and gives its memory back afterwards. Throws `ModelError`. */
export async function withModel<T>(
  { holdout, model, table, classes }: Scored & { readonly holdout: Holdout },
  use: (scoring: Scoring) => Promise<T>,
): Promise<T> {
  const { task } = holdout.labels
  const opened = await openModel(model.$file, { features: table.columns, task, classes, threads: THREADS })
  try {
    return await use({ holdout, table, classes, model: opened })
  } finally {
    await opened.close()
  }
}

/** A model that is open, and what it scores. */
export interface Scoring extends Omit<Scored, 'model'> {
  readonly holdout: Holdout
  readonly model: OnnxModel
}

/** Scores the holdout's rows batch by batch. Throws `ModelError`, `model-not-finite` for a prediction that is no number. */
export async function scoreHoldout(connection: DuckDBConnection, scoring: Scoring): Promise<HoldoutScores> {
  const { holdout, classes, model } = scoring
  const { at, scores } = await scoreBatches(connection, scoring)
  return { at, examples: examplesOf(holdout.labels, { at, scores, classes, width: model.width }) }
}

async function scoreBatches(
  connection: DuckDBConnection,
  { holdout, table, model }: Scoring,
): Promise<{ readonly at: Uint32Array; readonly scores: Float32Array }> {
  const at = new Uint32Array(holdout.rows)
  const scores = new Float32Array(holdout.rows * model.width)
  const kinds: readonly ColumnKind[] = ['double', ...table.columns.map(({ type }) => KIND_OF[type])]
  let rows = 0
  for await (const batch of readBatches(connection, { sql: featureQuery(table, holdout), kinds })) {
    const [places, ...features] = batch.columns
    // The query casts the row number to DOUBLE.
    at.set((places as Float64Array).subarray(0, batch.rows), rows)
    scores.set(await scoreBatch(model, { batch, columns: named(table.columns, features) }), rows * model.width)
    rows += batch.rows
  }
  return { at: at.subarray(0, rows), scores: scores.subarray(0, rows * model.width) }
}

/** The query has one column per feature, of the kind that its type has. */
function named(columns: readonly FeatureColumn[], values: Batch['columns']): ReadonlyMap<string, FeatureValues> {
  return new Map(columns.map(({ name }, index) => [name, values[index] as FeatureValues]))
}

async function scoreBatch(
  model: OnnxModel,
  { batch, columns }: { readonly batch: Batch; readonly columns: ReadonlyMap<string, FeatureValues> },
): Promise<Float32Array> {
  const scores = await model.score(columns, batch.rows)
  if (scores.state === 'scored') return scores.values
  const row = batch.firstRow + scores.row
  throw new ModelError('model-not-finite', `prediction of holdout row ${row}: expected a number, got ${scores.got}`)
}

export interface Predictions {
  readonly at: Uint32Array
  readonly scores: Float32Array
  readonly classes: readonly string[] | null
  readonly width: number
}

export function examplesOf(labels: Labels, { at, scores, classes, width }: Predictions): Examples {
  switch (labels.task) {
    case 'regression': {
      const { task, values } = labels
      return { task, labels: Float64Array.from(at, (row) => values[row] ?? 0), predictions: scores }
    }
    case 'binary': {
      const { task, values } = labels
      const positive = positiveOf(classes)
      const all = withinOne(scores)
      return {
        task,
        labels: new Uint8Array(at.map((row) => values[row] ?? 0)),
        probabilities: new Float32Array(at.length).map((_, place) => all[place * width + positive] ?? 0),
      }
    }
    case 'multiclass': {
      const { task, values } = labels
      const numbers = new Map(classes?.map((name, number) => [name, number]))
      return {
        task,
        classes: width,
        labels: Int32Array.from(at, (row) => numbers.get(values[row] ?? '') ?? -1),
        probabilities: withinOne(scores),
      }
    }
  }
}

function positiveOf(classes: readonly string[] | null): number {
  const at = (classes ?? ['false', 'true']).indexOf('true')
  if (at !== -1) return at
  throw new ModelError('model-classes', 'model classes: expected "false" and "true", got others')
}

function withinOne(probabilities: Float32Array): Float32Array {
  const at = probabilities.findIndex((value) => value < -ROUNDING || value > 1 + ROUNDING)
  if (at === -1) return probabilities.map((value) => Math.min(Math.max(value, 0), 1))
  throw new ModelError(
    'model-output',
    `model output "probabilities": expected numbers from 0 to 1, got ${probabilities[at]}; end the graph in a sigmoid or softmax`,
  )
}
