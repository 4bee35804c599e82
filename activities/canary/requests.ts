import type { Digest } from '../../dsl/plan.ts'
import type { DecisionRequest } from '../../store/judge-decision.ts'
import type { SignedEnvelope } from '../decide.ts'
import type { NodeRequest } from '../requests.ts'

/** One node of one run that moves a service's traffic. */
export interface TrafficRequest extends NodeRequest {
  readonly run: { readonly workflowId: string; readonly firstRunId: string }
}

/** What a canary is about to do: all that its workflow has to know of the plan and of the service. */
export interface Opening {
  readonly service: string
  /** `delay@3` */
  readonly candidate: string
  /** Null: the service has no model yet. */
  readonly incumbent: string | null
  /** The service's newest generation; 0 where there is none. */
  readonly generation: number
  /** Whether the service answers by this very model already, under an equal policy. */
  readonly serving: boolean
  /** Basis points, ascending; none where all traffic moves at once. */
  readonly shares: readonly number[]
  /** Wall time. */
  readonly holdMillis: number
  readonly maxHoldMillis: number
  readonly whenBusy: 'wait' | 'end'
  /** All traffic at once, whether or not a gateway lives. */
  readonly isDirect: boolean
  /** How long a share holds that nobody renews. Whoever renews it is missed well before. */
  readonly leaseMillis: number
  /** What `promote` and `abort` have to be about. */
  readonly decision: DecisionRequest
}

/** Where traffic is to go: the candidate's share in basis points, or all of it to one model. */
export type Move = { readonly share: number } | 'candidate' | 'incumbent'

export interface MoveRequest extends TrafficRequest {
  /** Names the move within the run: it is made once, however often it is asked for. */
  readonly step: string
  readonly to: Move
  /** The newest generation that this run knows of. Another one in between ends its say. */
  readonly after: number
  readonly evidence: Digest | null
  /** For the audit chain. */
  readonly reason: string | null
}

export type Moved =
  | { readonly state: 'moved'; readonly generation: number }
  /** Somebody else has moved the traffic since. */
  | { readonly state: 'superseded'; readonly generation: number; readonly by: string }

export interface GatewaysRequest extends TrafficRequest {
  readonly generation: number
  /** Whether the candidate's share has to be renewed meanwhile. */
  readonly renews: boolean
  /** Answers `none` where no gateway lives, or waits for one. */
  readonly waits: boolean
}

export type Acknowledged =
  | { readonly state: 'acknowledged'; readonly gateways: number; /** Wall time. */ readonly atMillis: number }
  | { readonly state: 'refused'; readonly reason: string }
  | { readonly state: 'none' }

export interface SmokeRequest extends TrafficRequest {
  readonly generation: number
}

export type Smoked =
  { readonly state: 'passed'; readonly rows: number } | { readonly state: 'failed'; readonly reason: string }

export interface WatchRequest extends TrafficRequest {
  readonly generation: number
  readonly step: string
  /** When every gateway answered by it; wall time. */
  readonly sinceMillis: number
  /** Answers by then, whatever there is to say. */
  readonly untilMillis: number
}

export interface Watched {
  readonly verdict: 'pass' | 'fail' | 'wait' | 'superseded'
  readonly reason: string
  /** Of the findings; null while there is no verdict. */
  readonly evidence: Digest | null
}

export interface DecideRequest extends TrafficRequest {
  readonly request: DecisionRequest
  readonly envelope: SignedEnvelope
  readonly decision: 'promote' | 'abort'
}

export type Decided =
  | { readonly accepted: true; readonly person: string }
  | { readonly accepted: false; readonly reason: string; readonly message: string }

/** How a move of traffic ended. */
export type TrafficOutcome = 'serving' | 'already-serving' | 'rolled-back' | 'busy' | 'aborted'

export interface ConcludeRequest extends TrafficRequest {
  readonly outcome: TrafficOutcome
  readonly reason: string | null
  readonly steps: readonly StepEnd[]
}

/** One share, and what was found while it held. */
export interface StepEnd {
  readonly step: string
  readonly share: number
  readonly generation: number
  readonly verdict: 'pass' | 'fail' | 'superseded' | 'skipped'
  readonly reason: string
  readonly evidence: Digest | null
}

/** What a `canary` or `direct` node publishes. */
export interface TrafficOutput {
  readonly state: TrafficOutcome
  readonly service: string
  readonly candidate: string
  readonly incumbent: string | null
  readonly reason: string | null
  readonly steps: readonly StepEnd[]
}
