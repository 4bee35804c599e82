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

/**
 * Groups of fewer than 50 held-out rows are reported and not compared. What each metric is: `stats/fairness.ts`; in
 * short, `demographic_parity_ratio` is the lowest selection rate by the highest.
 */
export interface FairnessGates<M extends AnyModel> {
  /** The probability from which on somebody is selected. Default 0.5. */
  readonly threshold?: number
  /** By protected column. */
  readonly by: { readonly [C in keyof RowOf<ContractOf<M>>]?: FairnessLimits }
}

/** Bounds on how far apart the groups of one column may fare. At least one. */
export interface FairnessLimits {
  /** The lowest selection rate of a group by the highest one. */
  readonly demographic_parity_ratio?: AtLeast
  /** The highest selection rate less the lowest one. */
  readonly demographic_parity_difference?: AtMost
  /** The lower of the ratios of true and of false positive rates, each lowest by highest. */
  readonly equalized_odds_ratio?: AtLeast
  /** The greater of the differences of true and of false positive rates, each highest less lowest. */
  readonly equalized_odds_difference?: AtMost
  /** The highest true positive rate less the lowest one. */
  readonly equal_opportunity_difference?: AtMost
}

/** What a model has to reach on the holdout before it is registered. A gate below its bound ends the run as `gates-failed`. */
export interface GateOptions<M extends AnyModel> {
  /** On all of the holdout. */
  readonly overall: Gates<TaskOf<M>>
  /** The same for each value of a column. */
  readonly slices?: { readonly [C in keyof RowOf<ContractOf<M>>]?: Gates<TaskOf<M>> }
  /** How far apart the model may treat the groups of protected attributes. Binary models only. */
  readonly fairness?: 'binary' extends TaskOf<M> ? FairnessGates<M> : never
  /** Against the model in service, on the same rows. Passes where there is none. */
  readonly incumbent?: Margins<TaskOf<M>>
}
