import { type Bound, bind } from '../bound.ts'
import type { LocalFile } from '../file.ts'
import type { Ref } from '../reference.ts'

/** Where a contract's rows come from. */
export interface Source {
  readonly format: SourceFormat
  readonly at: Bound
  /** Share of rows that may break the contract and be put aside before the run ends. */
  readonly quarantineAtMost: number
}

export type SourceFormat = { readonly type: 'parquet' } | CsvFormat

export interface CsvFormat {
  readonly type: 'csv'
  readonly delimiter: string
  /** The text that stands for null, besides nothing at all. */
  readonly nullText: string | null
}

/** A glob relative to the project (`'data/*.parquet'`), a parameter that holds one, or a file that a step makes. */
export type At = string | Ref<string> | Ref<LocalFile>

/** What any source may say. */
export interface SourceOptions {
  /** Share of rows, 0 to 1, that may break the contract; they are put aside. Default 0: a single one ends the run. */
  readonly quarantineAtMost?: number
}

/** How a CSV file is written, besides. */
export interface CsvOptions extends SourceOptions {
  /** One character. Default ','. */
  readonly delimiter?: string
  /** The text that stands for null, besides an empty unquoted field. Default: no text does. */
  readonly nullText?: string
}

/** Parquet files with the contract's columns, and others that are not read. */
export function parquet(at: At, { quarantineAtMost = 0 }: SourceOptions = {}): Source {
  return { format: { type: 'parquet' }, at: bind(at, 'parquet'), quarantineAtMost }
}

/** CSV files (RFC 4180, UTF-8) whose first line names the columns. */
export function csv(at: At, { delimiter = ',', nullText, quarantineAtMost = 0 }: CsvOptions = {}): Source {
  return { format: { type: 'csv', delimiter, nullText: nullText ?? null }, at: bind(at, 'csv'), quarantineAtMost }
}
