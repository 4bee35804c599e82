import type { ColumnSpec } from './columns.ts'
import type {
  EvaluateSpec,
  FeaturesSpec,
  IncumbentSpec,
  IngestSpec,
  MaterializeSpec,
  RegisterSpec,
  SourceSpec,
  TrainSpec,
  ValidateSpec,
} from './lifecycle/nodes.ts'
import type { ApproveSpec, CanarySpec, DirectSpec, MonitorSpec, ScheduleSpec } from './lifecycle/release-nodes.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Lower-case hex SHA-256 of the bytes it names. */
export type Digest = string

/** JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [key: string]: Json }

/**
 * A pipeline with nothing left to decide: plain data, stored as RFC 8785 JSON and named by its SHA-256.
 * Every default is written out, so that a later default changes no stored plan.
 */
export interface Plan {
  readonly irVersion: 1
  readonly pipeline: string
  readonly description: string
  readonly owner: string
  readonly tags: readonly string[]
  readonly environment: Environment
  readonly parameters: Readonly<Record<string, ParameterSpec>>
  /** In topological order; ties keep the order of declaration. */
  readonly nodes: readonly PlanNode[]
  /** The nodes whose outputs are the run's result. */
  readonly results: readonly string[]
  readonly operation: Operation
}

export type Environment = 'staging' | 'production'

/** A run's parameter. Without `default` each run has to give it. */
export interface ParameterSpec {
  readonly schema: JsonSchema
  readonly default?: Json
}

interface NodeOf<Kind extends string, Spec> {
  readonly id: string
  readonly kind: Kind
  /** Ids of the nodes that must be done first, in the order of declaration. */
  readonly needs: readonly string[]
  /** All that shapes the result: part of the result key. */
  readonly spec: Spec
  /** How to run it: outside the result key, so that a changed timeout runs nothing again. */
  readonly policy: NodePolicy
}

/** The class of worker that a node needs. `light` is the base task queue; the others are named `<base>-<class>`. */
export type Queue = 'light' | 'data' | 'cpu' | 'gpu'

export interface NodePolicy {
  readonly queue: Queue
  /** Attempts in all, the first one included. */
  readonly attempts: number
  /** Wait before the second attempt; doubles each time up to a minute. */
  readonly backoffMillis: number
  /** Longest life of one attempt. */
  readonly timeoutMillis: number
  /** An attempt silent for this long counts as dead. */
  readonly heartbeatMillis: number
  /** Resident memory that the node's child process may take. */
  readonly memoryMib: number
}

/** Where a value comes from. Resolved to plain JSON before the node runs. */
export type Binding =
  | { readonly from: 'literal'; readonly value: Json }
  | { readonly from: 'parameter'; readonly name: string; readonly path: readonly string[] }
  | { readonly from: 'output'; readonly node: string; readonly path: readonly string[] }
  /** The element of the list that an `each` node goes over. */
  | { readonly from: 'item'; readonly path: readonly string[] }
  /** A file packed with the plan: becomes `{ $file: path }` where the node runs. */
  | { readonly from: 'file'; readonly name: string; readonly digest: Digest }
  | { readonly from: 'object'; readonly fields: Readonly<Record<string, Binding>> }
  | { readonly from: 'list'; readonly items: readonly Binding[] }

/** One TypeScript function, bundled: `code` names an ES module whose default export is `{ input, output, run }`. */
export interface TaskSpec {
  readonly language: 'typescript'
  readonly code: Digest
  readonly input: Binding
}

/** One Python script, packed with its folder: `code` names the pack (see `store/pack.ts`). */
export interface PythonSpec {
  readonly language: 'python'
  readonly code: Digest
  readonly script: string
  readonly input: Binding
  readonly inputSchema: JsonSchema
  readonly outputSchema: JsonSchema
}

export type StepSpec = TaskSpec | PythonSpec

export interface EachSpec {
  /** Resolves to a list. */
  readonly over: Binding
  /** Runs once an element; its bindings may say `item`. The result is the list of outputs in the list's order. */
  readonly step: StepSpec
}

/** Chooses the candidate whose metric is best; the first one among equals. A metric that is not finite is an error. */
export interface BestSpec {
  /** Resolves to a list of candidates. */
  readonly candidates: Binding
  /** Where in a candidate its metric is. */
  readonly metric: readonly string[]
  readonly prefer: 'higher' | 'lower'
}

export type StepNode = NodeOf<'task', TaskSpec> | NodeOf<'python', PythonSpec>
export type EachNode = NodeOf<'each', EachSpec>
export type BestNode = NodeOf<'best', BestSpec>

export type FeaturesNode = NodeOf<'features', FeaturesSpec>

export type LifecycleNode =
  | NodeOf<'source', SourceSpec>
  | NodeOf<'ingest', IngestSpec>
  | NodeOf<'validate', ValidateSpec>
  | FeaturesNode
  | NodeOf<'train', TrainSpec>
  | NodeOf<'incumbent', IncumbentSpec>
  | NodeOf<'evaluate', EvaluateSpec>
  | NodeOf<'register', RegisterSpec>
  | NodeOf<'materialize', MaterializeSpec>
  | NodeOf<'approve', ApproveSpec>
  | NodeOf<'canary', CanarySpec>
  | NodeOf<'direct', DirectSpec>
  | NodeOf<'monitor', MonitorSpec>

export type PlanNode = StepNode | EachNode | BestNode | LifecycleNode
export type NodeKind = PlanNode['kind']

/** What governs the pipeline besides its graph. No node reads it. */
export interface Operation {
  readonly schedule: ScheduleSpec | null
  /** JSON Schema of each trigger's payload, whose fields are parameters. */
  readonly triggers: Readonly<Record<string, JsonSchema>>
  readonly retention: RetentionSpec | null
  /** Of one run. */
  readonly costCap: { readonly cpuHours: number; readonly gpuHours: number } | null
  /** What the tables promise, descriptions, units and PII included, for gateways and pages. */
  readonly contracts: readonly ContractSpec[]
}

export interface RetentionSpec {
  readonly artifactsMillis: number
  readonly predictionsMillis: number
  readonly reportsMillis: number
}

export interface ContractSpec {
  readonly name: string
  readonly key: readonly string[] | 'row'
  readonly time: string | null
  readonly outcomesKnownAfterMillis: number
  readonly columns: readonly ColumnSpec[]
  readonly schema: JsonSchema
}
