import { CancellationScope } from '@temporalio/workflow'
import type { Opening, StepEnd, TrafficRequest } from '../activities/canary/requests.ts'

/** How far a canary is. */
export type Phase =
  'opening' | 'loading' | 'smoke-testing' | 'moving' | 'holding' | 'promoting' | 'taking-back' | 'over'

/** One move of a service's traffic. */
export interface CanaryState {
  readonly request: TrafficRequest
  /** Undefined before the plan and the service were looked at. */
  opening: Opening | undefined
  phase: Phase
  /** The newest generation that this run knows of. */
  generation: number
  /** Basis points of the candidate. */
  share: number
  /** Wall time; null where nothing is held. */
  holdEndsMillis: number | null
  awaiting: 'gateway' | null
  /** What was last found, in words. */
  found: string
  readonly steps: StepEnd[]
  promotedBy: string | null
  abortedBy: string | null
  /** Holds all that an abort stops. */
  readonly climbing: CancellationScope
  /** Holds all that a promotion skips. */
  holding: CancellationScope | undefined
}

/** What a canary hands on when it continues as new, between two looks at one share. */
export interface Resume {
  readonly opening: Opening
  readonly generation: number
  /** Which share it is at. */
  readonly index: number
  readonly sinceMillis: number
  readonly steps: readonly StepEnd[]
}

export function startCanary(request: TrafficRequest, resume: Resume | undefined): CanaryState {
  return {
    request,
    opening: resume?.opening,
    phase: resume === undefined ? 'opening' : 'holding',
    generation: resume?.generation ?? 0,
    share: 0,
    holdEndsMillis: null,
    awaiting: null,
    found: '',
    steps: [...(resume?.steps ?? [])],
    promotedBy: null,
    abortedBy: null,
    climbing: new CancellationScope(),
    holding: undefined,
  }
}
