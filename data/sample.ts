import { quoteText, shareOfHash } from './duckdb.ts'
import { partMark, type IngestInput } from './source-rows.ts'

/**
 * SQL over `$row`: whether a trial reads the row. Of each file's rows about the share asked for, chosen by their place and
 * the file's digest, so the same ones each time. Rows that cannot be read are sampled like others. `true`: all are read.
 */
export function isSampled({ sample, part }: Pick<IngestInput, 'sample' | 'part'>): string {
  if (sample === undefined) return 'true'
  // Of one text: DuckDB combines the hashes of several values by XOR at the end, so one more value does not make it
  // independent of the hash that splits rows, and a sample would be all training or all holdout.
  const place = `hash(${quoteText(`sample ${partMark(part)} `)} || "$row")`
  return `${shareOfHash(place)} < ${sample}`
}
