import type { Dataset } from './dataset.ts'
import { quotePath } from './duckdb.ts'

/**
 * SQL that can stand after FROM: the rows of all parts, each with `file_index` (the part's place) and `file_row_number`.
 * Two parts may hold the same bytes, so the paths are listed as they come.
 */
export function partRows({ parts }: Pick<Dataset, 'parts'>): string {
  return `read_parquet([${parts.map(({ file }) => quotePath(file.$file)).join(', ')}], hive_partitioning = false)`
}
