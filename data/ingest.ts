import { readCsv } from './csv-source.ts'
import type { DatasetPart, RowFailure } from './dataset.ts'
import { quoteName, quoteText, type UseDuckDb } from './duckdb.ts'
import { readParquet } from './parquet-source.ts'
import { partMark, type IngestInput, type Unparsable } from './source-rows.ts'
import { writePart } from './write-part.ts'

export type IngestedPart =
  | { readonly state: 'read'; readonly part: DatasetPart; readonly unparsable: Unparsable }
  /** The file as a whole is not what the contract says: nothing of it is used. */
  | { readonly state: 'refused'; readonly failures: readonly RowFailure[] }

/** Reads one file that nobody vouches for. Writes `part.parquet` and, where rows are put aside, `unparsable.parquet`. */
export async function ingestPart(input: IngestInput, useDuckDb: UseDuckDb): Promise<IngestedPart> {
  return useDuckDb(async (connection) => {
    // A footer's statistics and row counts may lie, and both of these act on them.
    await connection.run("SET disabled_optimizers = 'statistics_propagation,compressed_materialization'")
    const read = input.format.type === 'csv' ? readCsv : readParquet
    const rows = await read(connection, input)
    if (rows.state === 'refused') return rows
    const part = await writePart(connection, {
      query: inOrder(input, rows.from),
      name: 'part.parquet',
      time: input.time,
      origin: input.part,
    })
    return { state: 'read', part, unparsable: rows.unparsable }
  })
}

function inOrder({ columns, key, part }: IngestInput, from: string): string {
  const names = columns.map(({ name }) => quoteName(name))
  const order = [...(key === 'row' ? [] : key.map(quoteName)), '"$row"']
  const selected = [...names, `${quoteText(partMark(part))} AS "$part"`, '"$row"']
  return `SELECT ${selected.join(', ')} FROM (${from}) ORDER BY ${order.join(', ')}`
}
