import type { Digest, Json } from '../../dsl/plan.ts'
import type { Skeleton } from '../../dsl/skeleton.ts'

/** A run that no person starts. */
export interface LaunchRequest {
  readonly pipeline: string
  /** ISO 8601, UTC: when a schedule says, or when a trigger came. The run's `asOf`, where nothing else says. */
  readonly at: string
  /** Null: a schedule. */
  readonly trigger: Trigger | null
}

/** What somebody sends to have a run start. The same name and id is one run, however often it is sent. */
export interface Trigger {
  readonly name: string
  readonly id: string
  /** Parameters of the run, by name. */
  readonly payload: Readonly<Record<string, Json>>
}

export type Placed =
  | {
      readonly state: 'placed'
      /** The workflow's id. */
      readonly run: string
      readonly order: Digest
      readonly skeleton: Skeleton
      /** Markdown, for the Temporal UI. */
      readonly details: string
    }
  | { readonly state: 'refused'; readonly reason: LaunchFault; readonly message: string }

/** `not-applied`: no plan of the pipeline was ever applied. */
export type LaunchFault = 'not-applied' | 'unknown-trigger' | 'wrong-payload' | 'wrong-parameter'
