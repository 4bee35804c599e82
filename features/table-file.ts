import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteName } from '../data/duckdb.ts'
import type { FeaturesSpec } from '../dsl/lifecycle/nodes.ts'
import { leavesOf, type Rows } from './example-rows.ts'
import { toFloat32Sql } from './float32.ts'
import { sheet } from './sheet.ts'
import { PART, ROW } from './source-view.ts'

export const FEATURES_FILE = 'features.parquet'

/** Fixed, so that the bytes do not depend on DuckDB's default. */
const ROW_GROUP = 122_880

/** A finished column: a feature under its name, or the label. */
export interface TableColumn {
  readonly name: string
  /** As it is written: null where it cannot be. */
  readonly sql: string
  /** Before float32. */
  readonly value: string
  readonly type: 'number' | 'boolean' | 'string'
}

/** Features and label as columns over a relation. */
export function tableColumns(
  rows: Rows,
  { features, label }: FeaturesSpec,
): { readonly relation: string; readonly columns: readonly TableColumn[] } {
  const on = sheet(leavesOf(rows))
  const columns = features.map(({ name, type, expression }) => {
    const { sql } = on.cell(expression)
    return { name, type, value: sql, sql: type === 'number' ? toFloat32Sql(sql) : sql }
  })
  const { sql } = on.cell(label.expression)
  const value = label.type === 'number' ? `CASE WHEN isfinite(${sql}) THEN ${sql} END` : sql
  columns.push({ name: '$label', type: label.type, value: sql, sql: value })
  return { relation: on.over(rows.relation), columns }
}

/** Answers how many rows it has written. */
export async function writeTable(
  connection: DuckDBConnection,
  { rows, spec }: { readonly rows: Rows; readonly spec: FeaturesSpec },
): Promise<number> {
  const { relation, columns } = tableColumns(rows, spec)
  const own = [`${PART} AS "$part"`, `${ROW} AS "$row"`, 'make_timestamp(t) AS "$time"', 'bucket AS "$bucket"']
  const finished = columns.map(({ name, sql }) => `${sql} AS ${quoteName(name)}`)
  await connection.run('SET preserve_insertion_order = true')
  const copied = await connection.runAndReadAll(
    `COPY (SELECT ${[...finished, ...own].join(', ')} FROM ${relation} ORDER BY t, ${PART}, ${ROW})
    TO '${FEATURES_FILE}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP})`,
  )
  return Number(copied.getRows()[0]?.[0] ?? 0)
}

/** How many features and labels of the written table are null. */
export async function missingValues(connection: DuckDBConnection): Promise<number> {
  const columns = await connection.runAndReadAll(`DESCRIBE FROM '${FEATURES_FILE}'`)
  const names = columns.getRows().map(([name]) => String(name))
  const own = new Set(['$part', '$row', '$time', '$bucket'])
  const nulls = names.filter((name) => !own.has(name)).map((name) => `count(*) - count(${quoteName(name)})`)
  const counted = await connection.runAndReadAll(`SELECT ${nulls.join(' + ')} FROM '${FEATURES_FILE}'`)
  return Number(counted.getRows()[0]?.[0] ?? 0)
}
