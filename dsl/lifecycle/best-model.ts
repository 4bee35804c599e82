import { directionOf, type Metrics } from '../metrics.ts'
import { type AnyModel, type TaskOf } from '../model.ts'

/** Several models of one task, trained side by side; the one with the best metric goes on. */
export interface BestModel<M extends AnyModel> {
  readonly candidates: readonly M[]
  readonly by: string
  readonly prefer: 'higher' | 'lower'
}

/** How the best of several models is found. */
export interface BestModelOptions<M extends AnyModel> {
  /** The metric on the holdout that decides; the first one among equals. */
  readonly by: keyof Metrics[TaskOf<M>] & string
}

/** @internal See `best`. */
export function bestModel<M extends AnyModel>(candidates: readonly M[], by: string): BestModel<M> {
  return { candidates, by, prefer: directionOf(by) }
}
