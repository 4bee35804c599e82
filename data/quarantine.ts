import type { DuckDBConnection } from '@duckdb/node-api'
import type { Pii } from '../dsl/column-meta.ts'
import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import type { Dataset, DatasetPart, FileRef } from './dataset.ts'
import { quoteName } from './duckdb.ts'
import { partRows } from './part-rows.ts'
import { writeParquet, writePart } from './write-part.ts'

/** Writes the rows that break the contract to `quarantine.parquet`; personal data as `***`. */
export async function writeQuarantine(
  connection: DuckDBConnection,
  {
    from,
    predicate,
    columns,
    pii,
  }: {
    readonly from: string
    readonly predicate: string
    readonly columns: readonly StoredColumn[]
    readonly pii: ReadonlyMap<string, Pii | null>
  },
): Promise<FileRef> {
  const values = columns.map(({ name }) => {
    const column = quoteName(name)
    const isPersonal = (pii.get(name) ?? null) !== null
    return isPersonal ? `CASE WHEN ${column} IS NULL THEN NULL ELSE '***' END AS ${column}` : column
  })
  const query = `SELECT "$part", "$row", ${values.join(', ')} FROM ${from} WHERE NOT ${predicate} ORDER BY file_index, "$row"`
  await writeParquet(connection, query, 'quarantine.parquet')
  return { $file: 'quarantine.parquet' }
}

/** The parts without the rows that break the contract. Parts without such rows keep their file. */
export async function cleanParts(
  connection: DuckDBConnection,
  {
    dataset,
    predicate,
    badByPart,
  }: { readonly dataset: Dataset; readonly predicate: string; readonly badByPart: readonly number[] },
): Promise<readonly DatasetPart[]> {
  const parts: DatasetPart[] = []
  for (const [index, part] of dataset.parts.entries()) {
    parts.push(badByPart[index] === 0 ? part : await clean(connection, { part, index, predicate, time: dataset.time }))
  }
  return parts
}

async function clean(
  connection: DuckDBConnection,
  {
    part,
    index,
    predicate,
    time,
  }: { readonly part: DatasetPart; readonly index: number; readonly predicate: string; readonly time: string | null },
): Promise<DatasetPart> {
  return writePart(connection, {
    query: `SELECT * FROM ${partRows({ parts: [part] })} WHERE ${predicate} ORDER BY file_row_number`,
    name: `clean-${index}.parquet`,
    time,
    origin: part.origin,
  })
}
