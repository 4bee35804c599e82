import type { ColumnSpec } from '../dsl/columns.ts'
import type { ValidateSpec } from '../dsl/lifecycle/nodes.ts'
import type { Dataset, FileRef, RowFailure } from './dataset.ts'

export interface ValidateInput {
  readonly dataset: Dataset
  readonly spec: ValidateSpec
  /** What the page says of the columns. */
  readonly columns: readonly Pick<ColumnSpec, 'name' | 'unit' | 'description'>[]
  /** Rows that ingest put aside, by the source part's name, with the first failures of each part. */
  readonly unparsable: readonly {
    readonly part: string
    readonly rows: number
    readonly failures: readonly RowFailure[]
  }[]
  /** Rows after this have no outcomes yet, which breaks no contract. ISO 8601, UTC; null where all are known. */
  readonly unknownAfter: string | null
}

export interface Validation {
  /** Without the rows that break the contract. */
  readonly dataset: Dataset
  readonly passed: boolean
  /** All that the source had, whether parsable or not. */
  readonly rows: number
  /** Those put aside, the unparsable ones included. */
  readonly quarantined: number
  /** The first 20, those of rows that ingest put aside before others; the report has more. */
  readonly failures: readonly RowFailure[]
  readonly checks: readonly Check[]
  /** `report.json`. */
  readonly report: FileRef
  /** `report.html`. */
  readonly page: FileRef
  /** `quarantine.parquet`: the rows that break the contract, personal data as `***`. Null of no rows. */
  readonly quarantine: FileRef | null
}

export interface Check {
  readonly name: 'quarantine' | 'column' | 'key' | 'missing' | 'distinct' | 'mean'
  /** The key's columns with commas; null where the check is of the table. */
  readonly column: string | null
  readonly expected: string
  readonly got: string
  readonly passed: boolean
}
