import type { NoEventTime, TimeOf } from '../contract.ts'
import type { AnyModel, ContractOf, SourcesOf } from '../model.ts'
import type { Approval } from './approval.ts'
import type { ContractSpec } from '../plan.ts'
import type { BestModel } from './best-model.ts'
import type { Canary } from './canary.ts'
import type { GateOptions } from './gates.ts'
import type { Monitor, Retrain, Slo } from './monitor.ts'
import type { Duration } from '../units.ts'
import type { Source } from './source.ts'
import type { StageResources, StageTimeouts } from './stage-policy.ts'

/** One model, or several of which the best goes on. */
export type Trained<M extends AnyModel> = M | BestModel<M>

/** From sources to a served and monitored model. */
export interface LifecycleOptions<M extends AnyModel> {
  /** One source for each contract that the features read, by the contract's name. */
  readonly sources: { readonly [S in SourcesOf<M>]: Source }
  /** What the model has to reach before it is registered. */
  readonly gates: GateOptions<M>
  /** The name that answers requests. Default: the pipeline's. */
  readonly service?: string
  /** Default: nobody has to sign. Production does not compile without it. */
  readonly approval?: Approval
  /** `'direct'`: all traffic at once. Default: none gets any; the run ends with the model registered. */
  readonly canary?: Canary<M> | 'direct'
  /**
   * How often, in event time, gateways get the past of rows that have come since training, for features that look into
   * it. By the monitor. Default: never; then they know what was known at the model's asOf.
   */
  readonly refresh?: Duration
  /** What the service promises; needs a monitor. Default: none. */
  readonly slo?: Slo
  /** What the service is watched for. Default: nothing. */
  readonly monitor?: MonitorOf<M>
  /** Default: runs start by hand, by schedule and by trigger only. */
  readonly retrain?: Retrain
  /** By stage. Default: 2 CPUs and 4 GiB, for `train` 8 GiB. */
  readonly resources?: StageResources
  /** The longest life of one attempt, by stage. Default: 1 day for `train`, 1 hour for `evaluate` and `materialize`, else 2 hours. */
  readonly timeouts?: StageTimeouts
}

/** Windows of event time need one. */
type MonitorOf<M extends AnyModel> = TimeOf<ContractOf<M>> extends NoEventTime ? NoEventTime : Monitor<M>

/** The same, as check and compile read it. */
export interface Lifecycle extends Omit<LifecycleOptions<AnyModel>, 'sources' | 'monitor'> {
  readonly sources: Readonly<Record<string, Source>>
  readonly monitor?: Monitor<AnyModel>
  readonly train: Trained<AnyModel>
}

export function modelsOf({ train }: Lifecycle): readonly AnyModel[] {
  return 'candidates' in train ? train.candidates : [train]
}

/** Every contract that some model's features read, each once, in the order of their names. */
export function contractsOf(lifecycle: Lifecycle): readonly ContractSpec[] {
  const byName = new Map(modelsOf(lifecycle).flatMap(({ features }) => features.reads.map((read) => [read.name, read])))
  return [...byName.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1))
}
