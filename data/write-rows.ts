import type { DuckDBConnection } from '@duckdb/node-api'
import type { DatasetPart } from './dataset.ts'
import { quoteName, quoteText } from './duckdb.ts'
import { partMark, type IngestInput } from './source-rows.ts'
import { writePart } from './write-part.ts'

/** Writes a file's rows as `part.parquet`, in the order of the key. `from`: a query for the contract's columns and `$row`. */
export function writeRows(connection: DuckDBConnection, input: IngestInput, from: string): Promise<DatasetPart> {
  const { columns, key, time, part } = input
  const names = columns.map(({ name }) => quoteName(name))
  const order = [...(key === 'row' ? [] : key.map(quoteName)), '"$row"']
  const selected = [...names, `${quoteText(partMark(part))} AS "$part"`, '"$row"']
  const query = `SELECT ${selected.join(', ')} FROM (${from}) ORDER BY ${order.join(', ')}`
  return writePart(connection, { query, name: 'part.parquet', time, origin: part })
}
