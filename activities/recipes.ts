import type { Dataset, DatasetPart, FileRef, RowFailure, SourceListing, SourcePart } from '../data/dataset.ts'
import type { FeatureTable } from '../data/feature-table.ts'
import type { ReferenceInput } from '../data/training-reference.ts'
import { digestOf } from '../dsl/digest.ts'
import type { EvaluateSpec, FeaturesSpec, IngestSpec, TrainSpec, ValidateSpec } from '../dsl/lifecycle/nodes.ts'
import type { Pii } from '../dsl/column-meta.ts'
import type { ColumnSpec } from '../dsl/columns.ts'
import type { Digest } from '../dsl/plan.ts'
import type { Incumbent } from './incumbent.ts'

/**
 * What each kind's result is made of, and so its name: raised when an activity's code, or an engine under it, makes
 * other bytes of the same input. DuckDB and ONNX Runtime shape bytes, so their versions are part of it.
 */
const VERSION = {
  source: 1,
  ingest: 'duckdb-1.5.5 2',
  validate: 'duckdb-1.5.5 2',
  features: 'duckdb-1.5.5 1',
  train: 1,
  incumbent: 1,
  evaluate: 'onnxruntime-1.30.0 2',
  materialize: 'duckdb-1.5.5 libsql-0.5.29 2',
  refresh: 'duckdb-1.5.5 libsql-0.5.29 1',
  register: 2,
  reference: 'duckdb-1.5.5 1',
} as const

/** What goes into a piece of work, and the name of the result that comes out. */
export interface Recipe<Input> {
  readonly key: Digest
  readonly input: Input
}

/** The listing is the result, too: both are named by what was found. */
export function sourceRecipe(listing: SourceListing): Recipe<SourceListing> {
  return { key: digestOf({ kind: 'source', version: VERSION.source, listing }), input: listing }
}

/** One source file to one part. */
export interface IngestPartInput extends Omit<IngestSpec, 'asOf' | 'source' | 'outcomesKnownAfterMillis'> {
  readonly pii: Readonly<Record<string, Pii | null>>
  readonly part: SourcePart
}

export function ingestPartRecipe(input: IngestPartInput): Recipe<IngestPartInput> {
  return { key: digestOf({ kind: 'ingest-part', version: VERSION.ingest, input }), input }
}

export interface CutPartInput {
  readonly part: DatasetPart
  readonly time: string
  readonly asOf: string
  readonly outcomes: readonly string[]
  /** Rows after this have outcomes that are not known yet. */
  readonly unknownAfter: string
}

export function cutPartRecipe(input: CutPartInput): Recipe<CutPartInput> {
  return { key: digestOf({ kind: 'cut-part', version: VERSION.ingest, input }), input }
}

export interface IngestInput {
  readonly spec: Omit<IngestSpec, 'asOf'>
  readonly asOf: string | null
  readonly pii: IngestPartInput['pii']
  readonly listing: SourceListing
}

export function ingestRecipe(input: IngestInput): Recipe<IngestInput> {
  return { key: digestOf({ kind: 'ingest', version: VERSION.ingest, input }), input }
}

/** What an `ingest` node publishes. */
export type Ingested =
  | {
      readonly state: 'read'
      readonly dataset: Dataset
      readonly unparsable: readonly Unparsable[]
      /** Rows after this have null for each outcome: it was not known before asOf. Null where all are known. */
      readonly unknownAfter: string | null
    }
  | { readonly state: 'refused'; readonly failures: readonly RowFailure[] }

/** Rows of one part with a cell that is no value of its column. */
export interface Unparsable {
  readonly part: string
  readonly rows: number
  readonly file: FileRef | null
  readonly failures: readonly RowFailure[]
}

export interface ValidateInput {
  readonly spec: ValidateSpec
  readonly columns: readonly ColumnSpec[]
  readonly dataset: Dataset
  readonly unparsable: readonly Unparsable[]
  readonly unknownAfter: string | null
}

export function validateRecipe(input: ValidateInput): Recipe<ValidateInput> {
  return { key: digestOf({ kind: 'validate', version: VERSION.validate, input }), input }
}

export interface FeaturesInput {
  readonly spec: Omit<FeaturesSpec, 'asOf'>
  readonly asOf: string | null
  readonly datasets: Readonly<Record<string, Dataset>>
}

export function featuresRecipe(input: FeaturesInput): Recipe<FeaturesInput> {
  return { key: digestOf({ kind: 'features', version: VERSION.features, input }), input }
}

export interface TrainInput {
  readonly spec: TrainSpec
  readonly table: FeatureTable
}

export function trainRecipe(input: TrainInput): Recipe<TrainInput> {
  return { key: digestOf({ kind: 'train', version: VERSION.train, input }), input }
}

/** What a `train` node publishes. */
export interface Trained {
  readonly model: FileRef
  readonly training: FileRef
  readonly rows: number
  readonly classes: readonly string[] | null
}

/** As of a source: what was found is the result. */
export function incumbentRecipe(incumbent: Incumbent): Recipe<Incumbent> {
  return { key: digestOf({ kind: 'incumbent', version: VERSION.incumbent, incumbent }), input: incumbent }
}

export interface EvaluateInput {
  readonly spec: EvaluateSpec
  readonly table: FeatureTable
  readonly trained: Trained
  readonly dataset: Dataset
  readonly incumbent: Incumbent
}

export function evaluateRecipe(input: EvaluateInput): Recipe<EvaluateInput> {
  return { key: digestOf({ kind: 'evaluate', version: VERSION.evaluate, input }), input }
}

/** The table carries what label and window change. */
export interface MaterializeInput extends Omit<FeaturesInput, 'spec'> {
  readonly spec: Pick<FeaturesSpec, 'from' | 'contracts' | 'features'>
  readonly table: FeatureTable
}

export function materializeRecipe(input: MaterializeInput): Recipe<MaterializeInput> {
  return { key: digestOf({ kind: 'materialize', version: VERSION.materialize, input }), input }
}

export function referenceRecipe(input: ReferenceInput): Recipe<ReferenceInput> {
  return { key: digestOf({ kind: 'reference', version: VERSION.reference, input }), input }
}

/** Online features of the newest rows. */
export interface RefreshInput {
  readonly spec: Pick<FeaturesSpec, 'contracts' | 'features'>
  readonly asOf: string
  readonly datasets: Readonly<Record<string, Dataset>>
}

export function refreshRecipe(input: RefreshInput): Recipe<RefreshInput> {
  return { key: digestOf({ kind: 'refresh', version: VERSION.refresh, input }), input }
}

export interface RegisterInput {
  readonly model: string
  readonly service: string
  readonly files: readonly { readonly name: string; readonly digest: Digest; readonly size: number }[]
  readonly evidence: Digest
}

export function registerRecipe(input: RegisterInput): Recipe<RegisterInput> {
  return { key: digestOf({ kind: 'register', version: VERSION.register, input }), input }
}
