import {
  CancellationScope,
  continueAsNew,
  ContinueAsNew,
  defineQuery,
  isCancellation,
  setHandler,
} from '@temporalio/workflow'
import type { Opening, TrafficRequest } from '../activities/canary/requests.ts'
import type { NodeAnswer } from '../activities/requests.ts'
import { callsFor, ordinary, type Calls } from './canary-calls.ts'
import { canaryDesk, type CanaryDesk } from './canary-decisions.ts'
import { startCanary, type CanaryState, type Resume } from './canary-state.ts'
import { climb, type End } from './canary-steps.ts'
import { canaryReporter, showOutcome, statusOfCanary, type CanaryStatus } from './canary-view.ts'
import { messageOf } from './failures.ts'

export interface CanaryInput {
  readonly request: TrafficRequest
  /** Set by the canary itself when it continues as new. */
  readonly resume?: Resume
}

const status = defineQuery<CanaryStatus>('status')

/**
 * Moves a service from its incumbent to a candidate, or back: the only one that does so for its service, by its id. However
 * it ends, cancelled or by an error of its own, all traffic is with one model; terminated, gateways go back by the lease.
 */
export async function canary(input: CanaryInput): Promise<NodeAnswer> {
  const { request, resume } = input
  const state = startCanary(request, resume)
  const report = canaryReporter(state)
  setHandler(status, () => statusOfCanary(state))
  const desk = canaryDesk(state)
  const opening = (state.opening ??= await ordinary.openCanary(request))
  if (resume === undefined) state.generation = opening.generation
  report()
  const calls = callsFor(opening)
  const end: End = opening.serving
    ? { outcome: 'already-serving', reason: null }
    : await moved({ state, opening, calls, report, resume, desk })
  return CancellationScope.nonCancellable(() => conclude(state, { end, desk }))
}

interface Moving {
  readonly state: CanaryState
  readonly opening: Opening
  readonly calls: Calls
  readonly report: () => void
  readonly resume: Resume | undefined
  readonly desk: CanaryDesk
}

async function moved(moving: Moving): Promise<End> {
  const { state } = moving
  const end = await endOf(moving)
  if (end.outcome === 'serving') return end
  return CancellationScope.nonCancellable(async () => {
    state.phase = 'taking-back'
    moving.report()
    await takeBack(moving, end)
    return end
  })
}

async function endOf(moving: Moving): Promise<End> {
  const { state } = moving
  try {
    const next = (resume: Resume): Promise<never> => proceed({ request: state.request, resume }, moving.desk)
    return await state.climbing.run(() => climb({ ...moving, continueAsNew: next }))
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error
    if (state.abortedBy !== null) return { outcome: 'aborted', reason: `aborted by ${state.abortedBy}` }
    if (isCancellation(error)) return { outcome: 'aborted', reason: 'cancelled' }
    return { outcome: 'rolled-back', reason: messageOf(error) }
  }
}

/** No decision that somebody waits for is lost on the way. */
async function proceed(input: CanaryInput, desk: CanaryDesk): Promise<never> {
  await desk.drain()
  return continueAsNew<typeof canary>(input)
}

/** Every gateway that lives has left the candidate when this is done, or is told of as one that has not. */
async function takeBack({ state, opening, calls, report }: Moving, { reason }: End): Promise<void> {
  const { request } = state
  const evidence = state.steps.at(-1)?.evidence ?? null
  const back = { ...request, step: 'rolled-back', to: 'incumbent', after: state.generation, evidence, reason } as const
  const outcome = await calls.takeBack(opening.incumbent ?? 'no model')(back)
  // Whoever moved the traffic since has the say.
  if (outcome.state === 'superseded') return
  state.generation = outcome.generation
  state.share = 0
  report()
  const gateways = { ...request, generation: state.generation, renews: false, waits: false }
  await calls.gateways(`generation ${state.generation}`)(gateways)
}

interface Concluding {
  readonly end: End
  readonly desk: CanaryDesk
}

async function conclude(state: CanaryState, { end: { outcome, reason }, desk }: Concluding): Promise<NodeAnswer> {
  state.phase = 'over'
  await desk.drain()
  showOutcome(outcome)
  const { request, steps } = state
  return ordinary.concludeCanary.executeWithOptions({ ...CONCLUDE, summary: outcome }, [
    { ...request, outcome, reason, steps },
  ])
}

const CONCLUDE = { startToCloseTimeout: '20 seconds' } as const
