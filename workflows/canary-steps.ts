import { CancellationScope, isCancellation, workflowInfo } from '@temporalio/workflow'
import type { Acknowledged, Move, Opening, TrafficOutcome, Watched } from '../activities/canary/requests.ts'
import type { Calls } from './canary-calls.ts'
import type { CanaryState, Resume } from './canary-state.ts'
import { percent } from './canary-view.ts'

/** How a canary ends, and why where that is not plain. */
export interface End {
  readonly outcome: TrafficOutcome
  readonly reason: string | null
}

export interface Climb {
  readonly state: CanaryState
  readonly opening: Opening
  readonly calls: Calls
  readonly report: () => void
  readonly resume: Resume | undefined
  /** Never comes back. Called between two looks where the history has grown long. */
  readonly continueAsNew: (resume: Resume) => Promise<never>
}

/** Loads the candidate, tests it, and gives it more and more of the traffic. Anything but `serving` is to be taken back. */
export async function climb(climbing: Climb): Promise<End> {
  const { opening, resume } = climbing
  if (resume === undefined) {
    const unfit = await load(climbing)
    if (unfit !== null) return unfit
  }
  for (const [index, share] of opening.shares.entries()) {
    if (index < (resume?.index ?? 0)) continue
    if (climbing.state.promotedBy !== null) break
    const unfit = await hold(climbing, { index, share })
    if (unfit !== null) return unfit
  }
  return promote(climbing)
}

/** Share 0: every gateway holds the model in memory, and answers by it only where it is asked for by name. */
async function load(climbing: Climb): Promise<End | null> {
  const { state, calls, opening } = climbing
  const unmoved = await move(climbing, { step: 'load', to: { share: 0 }, phase: 'loading' })
  if (unmoved !== null) return unmoved
  const ready = await acknowledged(climbing)
  if (ready.state === 'refused') return rolledBack(ready.reason)
  // Nobody answers by anything yet, so there is nobody to test and nothing to spare.
  if (ready.state === 'none') return null
  enter(climbing, 'smoke-testing')
  const { request, generation } = state
  const smoked = await calls.smoke(opening.candidate)({ ...request, generation })
  return smoked.state === 'passed' ? null : rolledBack(smoked.reason)
}

interface Step {
  readonly index: number
  readonly share: number
}

async function hold(climbing: Climb, { index, share }: Step): Promise<End | null> {
  const { state, resume } = climbing
  const step = `share-${index + 1}`
  const resumed = resume?.index === index ? resume : undefined
  let sinceMillis = resumed?.sinceMillis
  state.share = share
  if (sinceMillis === undefined) {
    const unmoved = await move(climbing, { step, to: { share }, phase: 'moving' })
    if (unmoved !== null) return unmoved
    const ready = await acknowledged(climbing)
    if (ready.state !== 'acknowledged') return rolledBack(ready.state === 'refused' ? ready.reason : NO_GATEWAY)
    sinceMillis = ready.atMillis
  }
  const watched = await watch(climbing, { index, step, sinceMillis })
  state.holdEndsMillis = null
  state.found = watched.reason
  const { generation } = state
  const verdict = watched.verdict === 'wait' ? 'skipped' : watched.verdict
  state.steps.push({ step, share, generation, verdict, reason: watched.reason, evidence: watched.evidence })
  if (verdict === 'superseded') return { outcome: 'aborted', reason: watched.reason }
  return verdict === 'fail' ? rolledBack(watched.reason) : null
}

const NO_GATEWAY = 'gateways: expected one that lives, got none'

interface Watching {
  readonly index: number
  readonly step: string
  readonly sinceMillis: number
}

/** A look each twentieth of a hold shows its numbers in the workflow; in between the activity looks for itself. */
const LOOKS_A_HOLD = 20
const SHORTEST_LOOK_MILLIS = 5000

/** Until there is a verdict, or somebody promotes: `wait` then. */
async function watch(climbing: Climb, { index, step, sinceMillis }: Watching): Promise<Watched> {
  const { state, opening, calls } = climbing
  const { generation } = state
  state.holdEndsMillis = sinceMillis + opening.holdMillis
  const look = Math.max(opening.holdMillis / LOOKS_A_HOLD, SHORTEST_LOOK_MILLIS)
  while (true) {
    enter(climbing, 'holding')
    const untilMillis = Date.now() + look
    const request = { ...state.request, generation, step, sinceMillis, untilMillis }
    const watched = await untilPromoted(state, () =>
      calls.watch(`${opening.candidate} ${percent(state.share)}`)(request),
    )
    if (watched.verdict !== 'wait' || state.promotedBy !== null) return watched
    state.found = watched.reason
    if (hasLongHistory()) {
      await climbing.continueAsNew({ opening, generation, index, sinceMillis, steps: state.steps })
    }
  }
}

async function untilPromoted(state: CanaryState, look: () => Promise<Watched>): Promise<Watched> {
  if (state.promotedBy !== null) return skippedBy(state.promotedBy)
  try {
    state.holding = new CancellationScope()
    return await state.holding.run(look)
  } catch (error) {
    // Set while the activity ran: the scope was cancelled by whoever promoted.
    const { promotedBy } = state as { readonly promotedBy: string | null }
    if (promotedBy !== null && isCancellation(error)) return skippedBy(promotedBy)
    throw error
  } finally {
    state.holding = undefined
  }
}

function skippedBy(person: string): Watched {
  return { verdict: 'wait', reason: `promoted by ${person}`, evidence: null }
}

const MAX_EVENTS = 1000

function hasLongHistory(): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo()
  return historyLength >= MAX_EVENTS || continueAsNewSuggested
}

async function promote(climbing: Climb): Promise<End> {
  const { state } = climbing
  const unmoved = await move(climbing, { step: 'promoted', to: 'candidate', phase: 'promoting' })
  if (unmoved !== null) return unmoved
  // One that refuses what it has loaded already keeps its last state, and says so in its metrics.
  const ready = await acknowledged(climbing, { renews: false })
  const reason = state.promotedBy === null ? null : `promoted by ${state.promotedBy}`
  return { outcome: 'serving', reason: ready.state === 'refused' ? ready.reason : reason }
}

interface Moving {
  readonly step: string
  readonly to: Move
  readonly phase: CanaryState['phase']
}

/** Null: done. */
async function move(climbing: Climb, { step, to, phase }: Moving): Promise<End | null> {
  const { state, calls, opening } = climbing
  enter(climbing, phase)
  const evidence = state.steps.at(-1)?.evidence ?? opening.decision.evidence
  const share = typeof to === 'object' ? ` ${percent(to.share)}` : ''
  const moved = await calls.move(`${opening.candidate}${share}`)({
    ...state.request,
    step,
    to,
    after: state.generation,
    evidence,
    reason: state.promotedBy === null ? null : `promoted by ${state.promotedBy}`,
  })
  if (moved.state === 'superseded') return { outcome: 'aborted', reason: `traffic was moved by ${moved.by}` }
  state.generation = moved.generation
  climbing.report()
  return null
}

async function acknowledged(
  { state, calls, opening, report }: Climb,
  { renews }: { readonly renews: boolean } = { renews: true },
): Promise<Acknowledged> {
  const { request, generation } = state
  const summary = `generation ${generation}`
  const first = await calls.gateways(summary)({ ...request, generation, renews, waits: false })
  if (first.state !== 'none' || opening.isDirect || !renews) return first
  state.awaiting = 'gateway'
  report()
  const later = await calls.gateways(summary)({ ...request, generation, renews, waits: true })
  state.awaiting = null
  report()
  return later
}

function rolledBack(reason: string): End {
  return { outcome: 'rolled-back', reason }
}

function enter({ state, report }: Climb, phase: CanaryState['phase']): void {
  state.phase = phase
  report()
}
