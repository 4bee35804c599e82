import type { MonitorSpec } from '../../dsl/lifecycle/release-nodes.ts'
import { eventMillis, wallMillisAt, type Clock } from '../../store/generation.ts'
import { nameOf } from '../../store/model-version.ts'
import { monitors } from '../../store/monitors.ts'
import type { SignedGeneration } from '../../store/services.ts'
import { generationOf, newestOf } from '../canary/service-state.ts'
import type { Engine } from '../engine.ts'
import { nodeAt } from '../node-scope.ts'
import type { Due, DueRequest } from './requests.ts'

/** Gateways ship what they counted within it. */
const LONGEST_SLACK_MILLIS = 5000

/**
 * What a service's monitor has to do next, by the service's clock as it stands: steps are aligned to the epoch of event
 * time, and each follows the one that the chain ends in. Reads the order, the newest generation and the chain's head;
 * writes nothing. No heartbeat: it is a local activity. Throws `node-unknown`, StoreError's codes.
 */
export async function nextDue(engine: Engine, request: DueRequest): Promise<Due> {
  const { spec } = (await nodeAt(engine, { ...request, inputs: {} }, 'monitor')).node
  const { retrain, windows } = spec
  const newest = await newestOf(engine, spec.service)
  if (newest === null) return { window: null, refresh: null, stepMillis: windows.everyMillis, model: null, retrain }
  const { clock, stable } = newest.state
  const { number, endMillis } = await nextWindow(engine, { spec, newest })
  const stepMillis = windows.everyMillis / clock.scale
  const dueMillis = wallMillisAt(clock, endMillis) + Math.min(LONGEST_SLACK_MILLIS, stepMillis / 3)
  return {
    window: { number, end: new Date(endMillis).toISOString(), dueMillis },
    refresh: spec.refreshMillis === null ? null : refreshAfter(request.refreshed, { step: spec.refreshMillis, clock }),
    stepMillis,
    model: stable && nameOf(stable),
    retrain,
  }
}

interface Watched {
  readonly spec: MonitorSpec
  readonly newest: SignedGeneration
}

/** The first one is that in which the service began to answer. */
async function nextWindow(engine: Engine, { spec, newest }: Watched) {
  const { service, windows } = spec
  const chain = monitors(engine.objects)
  const head = await chain.head(service)
  const last = head === 0 ? undefined : await chain.read(service, head)
  const since = last === undefined ? await beganMillis(engine, newest) : Date.parse(last.end)
  return { number: head + 1, endMillis: stepAfter(since, windows.everyMillis) }
}

/** By the clock that holds: what was before it was set is another time. */
async function beganMillis(engine: Engine, newest: SignedGeneration): Promise<number> {
  const { service, clock } = newest.state
  let oldest = newest
  while (oldest.state.generation > 1) {
    const before = await generationOf(engine, service, oldest.state.generation - 1)
    if (!isSame(before.state.clock, clock)) break
    oldest = before
  }
  return eventMillis(clock, Date.parse(oldest.state.at))
}

function isSame(one: Clock, other: Clock): boolean {
  return one.eventOrigin === other.eventOrigin && one.wallOrigin === other.wallOrigin && one.scale === other.scale
}

/** The first multiple of the step beyond it. */
function stepAfter(millis: number, step: number): number {
  return (Math.floor(millis / step) + 1) * step
}

interface Refreshing {
  readonly step: number
  readonly clock: Clock
}

/** Of several that are due the newest alone: it knows all that the others would have. */
function refreshAfter(refreshed: string | null, { step, clock }: Refreshing): Due['refresh'] {
  const now = eventMillis(clock, Date.now())
  const newest = Math.floor(now / step) * step
  const last = refreshed === null ? Number.NEGATIVE_INFINITY : Date.parse(refreshed)
  // Beyond the next step, the clock was set back since.
  const at = newest > last || last > now + step ? newest : stepAfter(last, step)
  return { at: new Date(at).toISOString(), dueMillis: wallMillisAt(clock, at) }
}
