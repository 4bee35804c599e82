import type { AnyContract, KeyOf, NoEventTime, RowOf, TimeOf } from './contract.ts'
import { DslError } from './errors.ts'
import type { FeatureSet } from './features.ts'
import type { Label } from './label.ts'
import type { LearningTask, TaskOfLabel } from './metrics.ts'
import { phantom } from './phantom.ts'
import type { Trainer, TrainerParams } from './trainer.ts'
import type { Duration, Percent } from './units.ts'

declare const task: unique symbol

/** What is learned from what. `Input` is what the trained model eats; `Reach` what its features read. */
export interface Model<C extends AnyContract, T extends LearningTask, Input, Reach extends string> {
  readonly name: string
  readonly features: FeatureSet<C, Input, Reach>
  readonly label: Label<C['name'], unknown>
  readonly window: Duration | 'all rows'
  readonly holdout: Duration | Percent
  readonly trainer: Trainer<unknown>
  readonly params: TrainerParams
  readonly seed: number
  readonly [task]: T
}

export type AnyModel = Model<AnyContract, LearningTask, object, string>

export type TaskOf<M extends AnyModel> = M[typeof task]
export type ContractOf<M extends AnyModel> = M['features']['from']
/** The model's features by name, as plain values. */
export type InputOf<M extends AnyModel> =
  M extends Model<AnyContract, LearningTask, infer Input, string> ? Input : never
/** What a client sends: the contract's columns that the features reach, its key and its time. The rest is looked up. */
export type RequestOf<M extends AnyModel> =
  M extends Model<infer C, LearningTask, object, infer Reach>
    ? { readonly [N in Requested<C, Reach> & keyof RowOf<C>]: RowOf<C>[N] }
    : never
/** The contracts that have to be ingested: the model's own, and those that `history` and `latest` read. */
export type SourcesOf<M extends AnyModel> =
  M extends Model<infer C, LearningTask, object, infer Reach> ? C['name'] | Mentioned<Reach> : never

type Requested<C extends AnyContract, Reach> = Column<C['name'], Reach> | KeyOf<C> | TimeOf<C>
type Column<From extends string, Reach> = Reach extends `${From}.${infer N}` ? N : never
type Mentioned<Reach> = Reach extends `@${infer Name}` ? Name : never

/** Rows without a time have no newest part to hold out: a share of them, by the hash of their key, stands in for it. */
type HoldoutOf<Time> = Time extends NoEventTime ? Percent : Duration
type WindowOf<Time> = Time extends NoEventTime ? 'all rows' : Duration

/** Ties features, label and trainer. Throws `DslError` with `model` where the parameters are none that the trainer takes. */
export function model<C extends AnyContract, Input, Reach extends string, L, Params>(
  name: string,
  spec: {
    /** What it learns from; of each a float32 or a category. */
    readonly features: FeatureSet<C, Input, Reach>
    /** What it learns, over the same contract. Its type makes the task. */
    readonly label: Label<NoInfer<C>['name'], L>
    /** How far back from asOf the rows go that are learned from, the holdout included. `'all rows'` without a time. */
    readonly window: WindowOf<TimeOf<NoInfer<C>>>
    /** The newest part of the window, which training never sees. A share of the rows without a time. */
    readonly holdout: HoldoutOf<TimeOf<NoInfer<C>>>
    /** The program that learns. */
    readonly trainer: Trainer<Params>
    /** Default: the trainer's own, all of which the plan writes out. */
    readonly params?: NoInfer<Params>
    /** All that is random comes from it. 0 to 2^31 - 1. */
    readonly seed: number
  },
): Model<C, TaskOfLabel<L>, Input, Reach> {
  const { params, ...rest } = spec
  return phantom({ name, ...rest, params: paramsOf(name, spec.trainer, params) })
}

function paramsOf(name: string, trainer: Trainer<unknown>, given: unknown): TrainerParams {
  const parsed = trainer.schema.safeParse(given ?? {})
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const place = ['params', ...(issue?.path ?? [])].join('.')
  throw new DslError(
    'model',
    `${name}.${place}: expected a parameter of "${trainer.algorithm}", got: ${issue?.message}`,
  )
}
