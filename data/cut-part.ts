import type { DatasetPart } from './dataset.ts'
import { DEFAULT_ENGINE, quoteName, quotePath, quoteText, withDuckDb, type DuckDbOptions } from './duckdb.ts'
import { writePart } from './write-part.ts'

export interface CutInput {
  readonly part: DatasetPart
  readonly time: string
  /** ISO 8601, UTC; as `unknownAfter`. */
  readonly asOf: string
  /** Columns that rows after `unknownAfter` have no value of yet. */
  readonly outcomes: readonly string[]
  readonly unknownAfter: string
}

/** The rows before `asOf`, written as `part.parquet`, with null for outcomes not known before it; their order stays. */
export async function cutPart(
  { part, time, asOf, outcomes, unknownAfter }: CutInput,
  engine: DuckDbOptions = DEFAULT_ENGINE,
): Promise<DatasetPart> {
  const rows = `read_parquet(${quotePath(part.file.$file)}, hive_partitioning = false)`
  const before = `${quoteName(time)} < ${quoteText(asOf)}::TIMESTAMPTZ::TIMESTAMP`
  const unknown = isUnknown(time, unknownAfter)
  const known = outcomes.map(
    (name) => `CASE WHEN ${unknown} THEN NULL ELSE ${quoteName(name)} END AS ${quoteName(name)}`,
  )
  const columns = known.length === 0 ? '*' : `* REPLACE (${known.join(', ')})`
  return withDuckDb(engine, (connection) =>
    writePart(connection, {
      query: `SELECT ${columns} FROM ${rows} WHERE ${before} ORDER BY file_row_number`,
      name: 'part.parquet',
      time,
      origin: part.origin,
    }),
  )
}

/** SQL, true or false: whether a row's outcomes are not known yet. */
function isUnknown(time: string, unknownAfter: string): string {
  return `coalesce(${quoteName(time)} > ${quoteText(unknownAfter)}::TIMESTAMPTZ::TIMESTAMP, false)`
}

/** SQL, true or false: a row that has none of its outcomes, which are not known yet. One that a feed brought early has them. */
export function lacksOutcomes(
  { time, outcomes }: { readonly time: string; readonly outcomes: readonly string[] },
  unknownAfter: string,
): string {
  const missing = outcomes.map((name) => `${quoteName(name)} IS NULL`)
  return `(${[isUnknown(time, unknownAfter), ...missing].join(' AND ')})`
}
