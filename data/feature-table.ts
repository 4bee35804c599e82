import type { FileRef } from './dataset.ts'

/**
 * One Parquet file with a row per example, in the order `$time`, `$part`, `$row`. Columns: each feature by its name
 * (`FLOAT`, `BOOLEAN`, `VARCHAR`; never null), and
 * - `$part`, `$row`: which row of the dataset it is made of,
 * - `$time`: TIMESTAMP; null where the contract has none,
 * - `$bucket`: DOUBLE in [0, 1), a hash of the key: what a split by key goes by,
 * - `$label`: BOOLEAN, DOUBLE or VARCHAR; never null: an example whose outcome is not known before asOf is left out.
 */
export interface FeatureTable {
  readonly set: string
  readonly file: FileRef
  readonly rows: number
  /** ISO 8601 with six decimals, UTC; null without a time column. */
  readonly asOf: string | null
  readonly columns: readonly FeatureColumn[]
}

export interface FeatureColumn {
  readonly name: string
  readonly type: 'number' | 'boolean' | 'string'
}
