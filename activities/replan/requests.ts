import type { Digest } from '../../dsl/plan.ts'
import type { Skeleton } from '../../dsl/skeleton.ts'

/** A run that is to go on by another order. */
export interface JudgeRequest {
  /** The order that it goes by. */
  readonly order: Digest
  readonly next: Digest
  /** Of the workflow, over its continuations. */
  readonly firstRunId: string
  /** Ids of the nodes that run or are done, approvals that are still open left out. */
  readonly started: readonly string[]
}

export type Judged =
  | { readonly accepted: true; readonly plan: Digest; readonly skeleton: Skeleton }
  /** Each says what was expected and what there is. */
  | { readonly accepted: false; readonly reasons: readonly string[] }

export interface Withdrawn {
  /** One was decided before it could be withdrawn. */
  readonly decided: boolean
}
