import type { RowOf } from '../contract.ts'
import type { AtLeast, AtMost, NotWorseBy } from '../limits.ts'
import type { LearningTask, Metrics } from '../metrics.ts'
import type { AnyModel, ContractOf, TaskOf } from '../model.ts'

/** Bounds on a task's metrics, each in the direction in which the metric is better. */
export type Gates<T extends LearningTask> = {
  readonly [K in keyof Metrics[T]]?: Metrics[T][K] extends 'higher' ? AtLeast : AtMost
}

/** How much worse than the model in service each metric may be. */
export type Margins<T extends LearningTask> = { readonly [K in keyof Metrics[T]]?: NotWorseBy }

/** What a model has to reach on the holdout before it is registered. A gate below its bound ends the run as `gates-failed`. */
export interface GateOptions<M extends AnyModel> {
  readonly overall: Gates<TaskOf<M>>
  /** The same for each value of a column. */
  readonly slices?: { readonly [C in keyof RowOf<ContractOf<M>>]?: Gates<TaskOf<M>> }
  /** Against the model in service, on the same rows. Passes where there is none. */
  readonly incumbent?: Margins<TaskOf<M>>
}
