import type { RetrainSpec } from '../../dsl/lifecycle/release-nodes.ts'
import type { Digest } from '../../dsl/plan.ts'
import type { Skeleton } from '../../dsl/skeleton.ts'

/** The policy that a service is looked after by: a `monitor` node of an order's plan. */
export interface Policy {
  readonly service: string
  readonly order: Digest
  readonly node: string
}

export interface DueRequest extends Policy {
  /** Event time of the newest step that was refreshed for, or given up; null: none. */
  readonly refreshed: string | null
}

/** What is due next, all in wall time by the service's clock as it stands now. */
export interface Due {
  /** Number and end of the next window; null: the service has no generation yet. */
  readonly window: { readonly number: number; readonly end: string; readonly dueMillis: number } | null
  /** The next refresh of the online features: a multiple of its step; null: none is declared. */
  readonly refresh: { readonly at: string; readonly dueMillis: number } | null
  /** Wall time between two windows. */
  readonly stepMillis: number
  /** The model in service, `flight-delay@3`; null: none. */
  readonly model: string | null
  /** When the monitor asks for a retrain of its own accord, in event time; null: never. */
  readonly retrain: Pick<RetrainSpec, 'onDrift' | 'afterMillis' | 'coolDownMillis'> | null
}

export interface WindowRequest extends Policy {
  readonly number: number
  /** Event time, ISO 8601. */
  readonly end: string
}

/** What a window came to, in a few words; the rest is in the store. */
export interface Evaluated {
  readonly number: number
  readonly end: string
  /** `origin_late_7d: psi 0.62, bound 0.2`, and the like: breaches first. */
  readonly found: readonly string[]
  /** Checks that began to alert with this window. */
  readonly alerts: readonly string[]
  /** Of `found`, the alerts of drift or quality that stand, new or old: what a retrain is asked for. */
  readonly retrainFor: readonly string[]
  /** How much newer the newest data is than the asOf of the model in service; null where that is not known. */
  readonly newerByMillis: number | null
}

export interface RefreshRequest extends Policy {
  /** Event time of the step that it is for. */
  readonly at: string
}

export interface Refreshed {
  /** `skipped`: nothing to look up, no model in service, or the newest file knows as much already. */
  readonly state: 'refreshed' | 'skipped' | 'data-rejected'
  readonly reason: string
}

/** Why a model is trained anew. */
export type RetrainCause = 'drift' | 'schedule' | 'signal' | 'new-data' | 'person'

export interface RetrainRequest extends Policy {
  readonly cause: RetrainCause
  /** The same id is one retrain, however often it is asked for. */
  readonly id: string
  readonly reason: string
  readonly by: string
  /** Event time; null: now, by the service's clock. */
  readonly asOf: string | null
}

/** What became of it. Written into the service's audit chain before it is answered. */
export type RetrainDecision =
  | {
      readonly state: 'ordered'
      /** The workflow's id. */
      readonly run: string
      readonly order: Digest
      readonly skeleton: Skeleton
      /** Markdown, for the Temporal UI. */
      readonly details: string
    }
  | { readonly state: 'declined'; readonly reason: string }
