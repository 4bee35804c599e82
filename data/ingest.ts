import { ingestCsv } from './csv-source.ts'
import type { UseDuckDb } from './duckdb.ts'
import { ingestParquet } from './parquet-source.ts'
import type { IngestedPart, IngestInput } from './source-rows.ts'

/** Reads one file that nobody vouches for. Writes `part.parquet` and, where rows are put aside, `unparsable.parquet`. */
export async function ingestPart(input: IngestInput, useDuckDb: UseDuckDb): Promise<IngestedPart> {
  return useDuckDb(async (connection) => {
    // A footer's statistics and row counts may lie, and both of these act on them.
    await connection.run("SET disabled_optimizers = 'statistics_propagation,compressed_materialization'")
    return input.format.type === 'csv' ? ingestCsv(connection, input) : ingestParquet(connection, input)
  })
}
