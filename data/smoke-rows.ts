import type { DuckDBConnection } from '@duckdb/node-api'
import type { Split } from '../dsl/lifecycle/nodes.ts'
import type { LearningTask } from '../dsl/metrics.ts'
import type { Examples } from '../stats/examples.ts'
import type { Dataset, FileRef } from './dataset.ts'
import { DEFAULT_ENGINE, quoteText, withDuckDb } from './duckdb.ts'
import type { FeatureTable } from './feature-table.ts'
import { takeHoldout } from './holdout.ts'
import { jsonValue } from './json-value.ts'
import { partRows } from './part-rows.ts'
import { plainRows, type Plain } from './plain-rows.ts'
import { scoreHoldout, withModel } from './score-holdout.ts'

export interface SmokeInput {
  readonly table: FeatureTable
  /** The rows that the table was made of; some of its parts will do. */
  readonly dataset: Dataset
  readonly model: FileRef
  readonly classes: readonly string[] | null
  readonly task: LearningTask
  readonly split: Split
  readonly rows: number
}

/** Rows of the holdout as a request has them, with what the model makes of each offline. */
export interface SmokeRows {
  readonly rows: readonly Readonly<Record<string, Plain>>[]
  /** A row's probabilities by class, of a binary model that of `true` alone, or its one value. */
  readonly predictions: readonly (readonly number[])[]
}

/** Takes the newest rows of the holdout that lie in the given parts. Outcomes are left out: a request has none. */
export function smokeRows(input: SmokeInput): Promise<SmokeRows> {
  return withDuckDb(DEFAULT_ENGINE, (connection) => rowsOf(connection, input))
}

async function rowsOf(connection: DuckDBConnection, input: SmokeInput): Promise<SmokeRows> {
  const { table, dataset, model, classes } = input
  const holdout = await takeHoldout(connection, input)
  const parts = dataset.parts.map(({ origin }) => quoteText(origin.digest.slice(0, 16)))
  await connection.run(`
    create temp table chosen as select * from holdout where part in (${parts.join(', ')})
    order by ordinal desc limit ${input.rows};
    drop table holdout;
    alter table chosen rename to holdout`)
  const { at, examples } = await withModel({ holdout, model, table, classes }, (scoring) =>
    scoreHoldout(connection, scoring),
  )
  const columns = dataset.columns.filter(({ outcome }) => !outcome)
  const values = columns.map((column, index) => `${jsonValue(column)} as c${index}`)
  const found = await plainRows(
    connection,
    // Under names of our own: an author's may be those of the holdout.
    `select ${columns.map((_, index) => `r.c${index}`).join(', ')} from holdout h
    join (select ${['"$part" as p', '"$row" as o', ...values].join(', ')} from ${partRows(dataset)}) r
      on r.p = h.part and r.o = h."row"
    qualify row_number() over (partition by h.ordinal) = 1 order by h.ordinal`,
  )
  if (found.length !== at.length) throw new Error(`smoke rows: expected ${at.length}, got ${found.length}`)
  return {
    rows: found.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null]))),
    predictions: found.map((_, row) => predictionOf(examples, row)),
  }
}

function predictionOf(examples: Examples, row: number): readonly number[] {
  switch (examples.task) {
    case 'regression':
      return [examples.predictions[row] ?? Number.NaN]
    case 'binary':
      return [examples.probabilities[row] ?? Number.NaN]
    case 'multiclass':
      return [...examples.probabilities.subarray(row * examples.classes, (row + 1) * examples.classes)]
  }
}
