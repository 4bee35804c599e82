import type { Ast, ScalarType } from '../ast.ts'
import type { ColumnExpectations, Pii } from '../column-meta.ts'
import type { ColumnType } from '../columns.ts'
import type { FeatureSpec } from '../features.ts'
import type { Limit } from '../limits.ts'
import type { LearningTask } from '../metrics.ts'
import type { Binding, Digest, JsonSchema } from '../plan.ts'
import type { TrainerParams } from '../trainer.ts'
import type { SourceFormat } from './source.ts'

/** Lists a source's parts with their digests. Never cached: what it finds is what makes the next nodes' keys. */
export interface SourceSpec {
  /** The contract's name. */
  readonly source: string
  /** A glob, or the file that a step made. */
  readonly at: Binding
  readonly format: SourceFormat
}

/** Reads the parts into a dataset: these columns, in this type, in the order of the key. */
export interface IngestSpec {
  readonly source: string
  readonly format: SourceFormat
  readonly columns: readonly StoredColumn[]
  readonly key: readonly string[] | 'row'
  readonly time: string | null
  /** No row of this time or later is read. Null without a time column. */
  readonly asOf: Binding | null
  /** Outcomes not known before asOf are taken away: those of rows less than this before it. */
  readonly outcomesKnownAfterMillis: number
  /** Share of the rows that a trial reads, above 0. A plan that can release a model has none and reads all. */
  readonly sample?: number
}

export interface StoredColumn {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
  readonly outcome: boolean
}

/** Puts rows that break the contract aside and reports; ends the run where too many do. */
export interface ValidateSpec {
  readonly source: string
  /** Of one row, for Ajv in strict mode with formats. */
  readonly schema: JsonSchema
  /** Unique. `'row'`: nothing to check. */
  readonly key: readonly string[] | 'row'
  readonly columns: readonly CheckedColumn[]
  readonly quarantineAtMost: number
}

export interface CheckedColumn {
  readonly name: string
  readonly pii: Pii | null
  readonly expect: ColumnExpectations
}

/** Computes each row's features and label, point in time, for the rows with time in [asOf - window, asOf). */
export interface FeaturesSpec {
  readonly set: string
  /** The contract whose rows become examples. */
  readonly from: string
  /** Every contract that is read, `from` included. */
  readonly contracts: readonly PastContract[]
  readonly features: readonly FeatureSpec[]
  readonly label: { readonly expression: Ast; readonly type: FeatureSpec['type'] }
  /** Null: all rows. */
  readonly windowMillis: number | null
  readonly asOf: Binding | null
}

/** What the past of a contract hangs on. */
export interface PastContract {
  readonly name: string
  readonly key: readonly string[] | 'row'
  readonly time: string | null
  readonly outcomesKnownAfterMillis: number
  readonly columns: readonly PastColumn[]
}

export interface PastColumn {
  readonly name: string
  readonly type: ScalarType
  readonly outcome: boolean
  /** Decimals that make sums exact; null where none are declared. */
  readonly decimals: number | null
}

/** Trains on all but the holdout and writes ONNX. */
export interface TrainSpec {
  readonly model: string
  readonly task: LearningTask
  readonly program: 'tabular' | 'torch'
  /** The packed trainer with its locked environment. */
  readonly code: Digest
  readonly algorithm: string
  readonly gpus: number
  /** Sums of floats depend on how many threads make them, so it is part of the result. */
  readonly threads: number
  readonly params: TrainerParams
  readonly seed: number
  readonly split: Split
  readonly features: readonly { readonly name: string; readonly type: FeatureSpec['type'] }[]
}

/** Which examples are held out: the newest ones, or a share of them by the hash of their key. */
export type Split =
  { readonly by: 'time'; readonly holdoutMillis: number } | { readonly by: 'key'; readonly holdoutShare: number }

/** Measures the exported model on the holdout. Output: `{ model, task, metrics: { auc, … }, passed, … }`. */
export interface EvaluateSpec {
  readonly model: string
  readonly task: LearningTask
  readonly split: Split
  readonly overall: readonly MetricLimit[]
  readonly slices: readonly { readonly column: string; readonly limits: readonly MetricLimit[] }[]
  /** Against the model that the `incumbent` node found. */
  readonly incumbent: readonly MetricLimit[]
  /** Selected is whoever's probability is at least `threshold`. */
  readonly fairness: {
    readonly threshold: number
    readonly columns: readonly { readonly column: string; readonly limits: readonly MetricLimit[] }[]
  }
  /** Reported by value, whether or not a gate asks for it. */
  readonly protectedColumns: readonly string[]
}

export interface MetricLimit {
  readonly metric: string
  readonly limit: Limit
}

/** Resolves a service to the model that it runs, or to none. Never cached. */
export interface IncumbentSpec {
  readonly service: string
}

/** Writes what the candidate's features read of the past for gateways, and computes rows of its feature table by it. */
export interface MaterializeSpec {
  /** An output of `evaluate`. */
  readonly candidate: Binding
}

/** Signs a version into the registry if its gates passed; the same model and evidence give the version there is. */
export interface RegisterSpec {
  /** An output of `evaluate`. */
  readonly candidate: Binding
  readonly service: string
}
