import type { DuckDBConnection } from '@duckdb/node-api'
import type { DatasetPart, SourcePart, TimeSpan } from './dataset.ts'
import { quoteName, quotePath, quoteText } from './duckdb.ts'
import { plainRows } from './plain-rows.ts'

/** Row groups of this size are what the passes over a dataset count on: see `measure.ts`. */
export const ROW_GROUP = 122_880

/** Writes a query's rows as Parquet, in their order. The same rows give the same bytes, whatever the threads. */
export async function writeParquet(connection: DuckDBConnection, query: string, name: string): Promise<void> {
  const options = `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP}`
  await connection.run(`COPY (${query}) TO ${quoteText(name)} (${options})`)
}

/** Writes a query's rows as a part named `name` in the current folder. */
export async function writePart(
  connection: DuckDBConnection,
  {
    query,
    name,
    time,
    origin,
  }: { readonly query: string; readonly name: string; readonly time: string | null; readonly origin: SourcePart },
): Promise<DatasetPart> {
  await writeParquet(connection, query, name)
  const extent = await extentOf(connection, name, time)
  return { file: { $file: name }, ...extent, origin }
}

async function extentOf(
  connection: DuckDBConnection,
  name: string,
  time: string | null,
): Promise<{ readonly rows: number; readonly span: TimeSpan | null }> {
  const [first, last] = time === null ? ['NULL', 'NULL'] : [`min(${quoteName(time)})`, `max(${quoteName(time)})`]
  const [row] = await plainRows(
    connection,
    `SELECT count(*), ${isoText(first)}, ${isoText(last)} FROM read_parquet(${quotePath(name)}, hive_partitioning = false)`,
  )
  const [rows, from, to] = row ?? []
  return {
    rows: Number(rows),
    span: typeof from === 'string' && typeof to === 'string' ? { first: from, last: to } : null,
  }
}

/** SQL: an instant as ISO 8601 with six decimals. */
export function isoText(instant: string): string {
  return `strftime(${instant}, '%Y-%m-%dT%H:%M:%S.%fZ')`
}
