import type { DuckDBConnection } from '@duckdb/node-api'
import type { Split } from '../dsl/lifecycle/nodes.ts'
import type { LearningTask } from '../dsl/metrics.ts'
import type { FileRef } from './dataset.ts'
import { quoteName, quotePath, quoteText } from './duckdb.ts'
import type { FeatureTable } from './feature-table.ts'
import { readColumns, type ColumnKind } from './read-columns.ts'

/** What happened, in the order of the holdout's rows. */
export type Labels =
  | { readonly task: 'binary'; readonly values: Uint8Array }
  | { readonly task: 'multiclass'; readonly values: readonly string[] }
  | { readonly task: 'regression'; readonly values: Float64Array }

/** The temporary table `holdout`: `ordinal` numbers its rows from 0, `part` and `row` say which row of the dataset each is. */
export interface Holdout {
  readonly rows: number
  readonly labels: Labels
  /** The table that it was taken from, and the condition over that table's rows. */
  readonly of: { readonly file: FileRef; readonly condition: string }
}

/**
 * Takes the examples that no training has seen, in a total order. By time: those of `asOf - holdout` or later; by key:
 * those whose bucket is below the share. The trainer takes the others.
 */
export async function takeHoldout(
  connection: DuckDBConnection,
  input: { readonly table: FeatureTable; readonly split: Split; readonly task: LearningTask },
): Promise<Holdout> {
  const { table, split, task } = input
  const condition = heldOut(table, split)
  await connection.run(`
    create temp table holdout as
    select row_number() over (order by "$time", "$part", "$row") - 1 as ordinal,
      "$part" as part, "$row" as "row", "$label" as label
    from ${parquet([table.file])} where ${condition}`)
  const [counted] = await readColumns(connection, {
    sql: 'select count(*)::double from holdout',
    kind: 'double',
    count: 1,
    rows: 1,
  })
  const rows = counted?.[0] ?? 0
  return { rows, labels: await readLabels(connection, { task, rows }), of: { file: table.file, condition } }
}

/**
 * A table's features beside `$ordinal`, the number of the holdout's row that each belongs to, of each `every`th row; rows
 * that the table lacks are left out. Two equal parts of a source have rows of one name, which are equal as well: either
 * will do. Of the table that the holdout was taken from, row groups without a row of it are not read.
 */
export function featureQuery({ file, columns }: FeatureTable, { of }: Pick<Holdout, 'of'>, every = 1): string {
  const features = columns.map(({ name }) => `f.${quoteName(name)}`)
  const condition = file.$file === of.file.$file ? of.condition : 'true'
  return `
    select ${['h.ordinal::double as "$ordinal"', ...features].join(', ')}
    from (from holdout where ordinal % ${every} = 0) h
    join (from ${parquet([file])} where ${condition}) f on f."$part" = h.part and f."$row" = h."row"
    qualify row_number() over (partition by h.ordinal) = 1 order by h.ordinal`
}

export function parquet(files: readonly FileRef[]): string {
  return `read_parquet([${files.map(({ $file }) => quotePath($file)).join(', ')}])`
}

/** A condition over the table's rows: those that no training has seen. */
export function heldOut(table: Pick<FeatureTable, 'asOf'>, split: Split): string {
  if (split.by === 'key') return `"$bucket" < ${split.holdoutShare}`
  if (table.asOf === null) throw new Error('holdout by time: expected a feature table with asOf, got none')
  return `"$time" >= ${quoteText(table.asOf)}::timestamp - to_microseconds(${split.holdoutMillis * 1000})`
}

async function readLabels(
  connection: DuckDBConnection,
  { task, rows }: { readonly task: LearningTask; readonly rows: number },
): Promise<Labels> {
  const sql = 'select label from holdout order by ordinal'
  const only = async <Kind extends ColumnKind>(kind: Kind) => readColumns(connection, { sql, kind, count: 1, rows })
  switch (task) {
    case 'binary':
      return { task, values: (await only('boolean'))[0] ?? new Uint8Array() }
    case 'multiclass':
      return { task, values: (await only('string'))[0] ?? [] }
    case 'regression':
      return { task, values: (await only('double'))[0] ?? new Float64Array() }
  }
}
