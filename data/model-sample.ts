import type { DuckDBConnection } from '@duckdb/node-api'
import type { Examples } from '../stats/examples.ts'
import { featureQuery } from './holdout.ts'
import { ModelError } from './model-error.ts'
import type { FeatureValues } from './onnx-scorer.ts'
import { BATCH_ROWS, readBatches } from './read-columns.ts'
import { examplesOf, KIND_OF, type Scoring } from './score-holdout.ts'

export type FeatureColumns = ReadonlyMap<string, FeatureValues>

/** Rows of the holdout, evenly spread, and the model that scores them, as they are or changed. */
export interface ModelSample {
  /** In the table's order. */
  readonly columns: FeatureColumns
  /** The holdout's row of each. */
  readonly at: Uint32Array
  /** What the model says of the rows with these columns. Throws `ModelError`. */
  readonly examples: (columns: FeatureColumns) => Promise<Examples>
}

export interface Sampling extends Scoring {
  /** At most 16,384. */
  readonly mostRows: number
}

export async function modelSample(
  connection: DuckDBConnection,
  { holdout, model, table, classes, mostRows }: Sampling,
): Promise<ModelSample> {
  const { labels } = holdout
  const step = Math.max(1, Math.ceil(holdout.rows / Math.min(mostRows, BATCH_ROWS)))
  const sql = featureQuery(table, holdout, step)
  const kinds = ['double' as const, ...table.columns.map(({ type }) => KIND_OF[type])]
  const [batch] = await firstOf(readBatches(connection, { sql, kinds }))
  const rows = batch?.rows ?? 0
  const [places, ...values] = batch?.columns ?? []
  const at = Uint32Array.from((places ?? new Float64Array()).slice(0, rows), Number)
  const columns = new Map(
    // Each of the kind that its type has.
    table.columns.map(({ name }, index) => [name, (values[index] ?? []).slice(0, rows) as FeatureValues]),
  )
  const examples = async (changed: FeatureColumns): Promise<Examples> => {
    const scored = await model.score(changed, rows)
    if (scored.state === 'scored') return examplesOf(labels, { at, scores: scored.values, classes, width: model.width })
    throw new ModelError('model-not-finite', `prediction of a changed row: expected a number, got ${scored.got}`)
  }
  return { columns, at, examples }
}

async function firstOf<T>(all: AsyncIterable<T>): Promise<readonly T[]> {
  for await (const one of all) return [one]
  return []
}
