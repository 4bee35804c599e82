import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import type { Digest } from '../dsl/plan.ts'

/**
 * A file beside a value: in the store `$file` is its SHA-256, in a child process a path. The engine turns one into the
 * other at both ends (`activities/children/files.ts`), so code in a child reads and writes paths only.
 */
export interface FileRef {
  readonly $file: string
}

/** What a source had at one moment, in the order of names. */
export interface SourceListing {
  /** The contract's name. */
  readonly source: string
  /** `project`: files of the project folder; `store`: artifacts that a step made. */
  readonly at: 'project' | 'store'
  readonly parts: readonly SourcePart[]
}

/** One file of a source. */
export interface SourcePart {
  /** Path relative to the project, with `/`; of an artifact the name of the file that it was. */
  readonly name: string
  /** SHA-256 of its bytes. */
  readonly digest: Digest
  readonly bytes: number
}

/**
 * A table as content-addressed Parquet parts. Each part has the contract's columns and two more: `$part` (VARCHAR, the
 * first 16 hex digits of the source part's digest) and `$row` (BIGINT, the row's place in the source part, from 0).
 * Rows stand in the order of the key, then `$row`: the same input gives the same bytes.
 */
export interface Dataset {
  readonly source: string
  readonly key: readonly string[] | 'row'
  readonly time: string | null
  readonly columns: readonly StoredColumn[]
  readonly rows: number
  readonly parts: readonly DatasetPart[]
}

export interface DatasetPart {
  readonly file: FileRef
  readonly rows: number
  /** Of the contract's time column; null without one, and of no rows. */
  readonly span: TimeSpan | null
  readonly origin: SourcePart
}

/** Both ends included; ISO 8601, UTC, six decimals: `2001-01-01T00:01:00.000000Z`. */
export interface TimeSpan {
  readonly first: string
  readonly last: string
}

/**
 * One row that breaks its contract. `got`: the value as JSON, cut at 64 characters; of PII the type and length only.
 * `row`: its place in the part, from 0; null where the fault is the part's as a whole.
 */
export interface RowFailure {
  readonly part: string
  readonly row: number | null
  readonly column: string | null
  readonly expected: string
  readonly got: string
}

/** From the earliest row to the latest. */
export function spanOf({ parts }: Pick<Dataset, 'parts'>): TimeSpan | null {
  const spans = parts.flatMap(({ span }) => span ?? [])
  // All of one form, so the order of texts is that of times.
  const [first] = spans.map((span) => span.first).toSorted()
  const last = spans
    .map((span) => span.last)
    .toSorted()
    .at(-1)
  return first === undefined || last === undefined ? null : { first, last }
}
