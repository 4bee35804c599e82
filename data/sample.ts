import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteText, shareOfHash } from './duckdb.ts'
import { partMark, type IngestInput } from './source-rows.ts'

/**
 * Takes away what a trial does not read: of each file's rows about the share asked for, chosen by their place and the
 * file's digest, so the same ones each time. Rows that cannot be read are sampled like others.
 */
export async function keepSample(
  connection: DuckDBConnection,
  { sample, part }: Pick<IngestInput, 'sample' | 'part'>,
  table: 'rows' | 'cells',
): Promise<void> {
  if (sample === undefined) return
  // Of one text: DuckDB combines the hashes of several values by XOR at the end, so one more value does not make it
  // independent of the hash that splits rows, and a sample would be all training or all holdout.
  const place = `hash(${quoteText(`sample ${partMark(part)} `)} || "$row")`
  await connection.run(`DELETE FROM ${table} WHERE ${shareOfHash(place)} >= ${sample}`)
}
