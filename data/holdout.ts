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
  await connection.run(`
    create temp table holdout as
    select row_number() over (order by "$time", "$part", "$row") - 1 as ordinal,
      "$part" as part, "$row" as "row", "$label" as label
    from ${parquet([table.file])} where ${heldOut(table, split)}`)
  const [counted] = await readColumns(connection, {
    sql: 'select count(*)::double from holdout',
    kind: 'double',
    count: 1,
    rows: 1,
  })
  const rows = counted?.[0] ?? 0
  return { rows, labels: await readLabels(connection, { task, rows }) }
}

/**
 * A table's features beside `$ordinal`, the number of the holdout's row that each belongs to; rows that the table lacks are left
 * out. Two equal parts of a source have rows of one name, which are equal as well: either will do.
 */
export function featureQuery({ file, columns }: FeatureTable): string {
  const features = columns.map(({ name }) => `f.${quoteName(name)}`)
  return `
    select ${['h.ordinal::double as "$ordinal"', ...features].join(', ')} from holdout h
    join ${parquet([file])} f on f."$part" = h.part and f."$row" = h."row"
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
