import type { Pii } from '../dsl/column-meta.ts'
import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import type { SourceFormat } from '../dsl/lifecycle/source.ts'
import type { DatasetPart, FileRef, RowFailure, SourcePart } from './dataset.ts'
import { cut } from './shown.ts'

export interface IngestInput {
  readonly file: FileRef
  readonly format: SourceFormat
  readonly columns: readonly StoredColumn[]
  readonly key: readonly string[] | 'row'
  readonly time: string | null
  readonly part: SourcePart
  readonly pii: Readonly<Record<string, Pii | null>>
  /** Share of the rows to read, above 0. Default: all. */
  readonly sample?: number
}

/** Rows with cells that are no value of their column's type. */
export interface Unparsable {
  readonly rows: number
  /** `$part`, `$row`, `$faults` (the columns' names), and each column's text; personal data as `***`. Null of no rows. */
  readonly file: FileRef | null
  /** The first ones. */
  readonly failures: readonly RowFailure[]
}

export type IngestedPart =
  | { readonly state: 'read'; readonly part: DatasetPart; readonly unparsable: Unparsable }
  /** The file as a whole is not what the contract says: nothing of it is used. */
  | { readonly state: 'refused'; readonly failures: readonly RowFailure[] }

export const NOTHING_UNPARSABLE: Unparsable = { rows: 0, file: null, failures: [] }

/** A fault of a part before it has its part's name and `got` its length. */
export type PartFault = Omit<RowFailure, 'part'>

export function refusal(faults: readonly PartFault[], { name }: SourcePart): IngestedPart {
  return { state: 'refused', failures: faults.map((fault) => ({ part: name, ...fault, got: cut(fault.got) })) }
}

/** What `$part` holds of a source part. */
export function partMark({ digest }: SourcePart): string {
  return digest.slice(0, 16)
}
