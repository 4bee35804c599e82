import type { Generation } from '../../store/generation.ts'
import { services, type GenerationDraft, type SignedGeneration } from '../../store/services.ts'
import type { Engine } from '../engine.ts'
import { record } from './record.ts'
import type { Move, Moved, MoveRequest } from './requests.ts'
import { generationOf, newestOf } from './service-state.ts'
import { trafficNodeAt, type TrafficNode } from './traffic-node.ts'

/**
 * Publishes the generation of one step, and writes it down in the service's audit chain.
 * Key: `<run>/<first run id>/<step>`: a generation of this key is published once, however often and by whomever the activity
 * is tried. Where another generation than this run's own came in between, it moves nothing and says so.
 * Throws `signing-key-…`, `store-corrupt`.
 */
export async function moveTraffic(engine: Engine, request: MoveRequest): Promise<Moved> {
  const at = await trafficNodeAt(engine, request)
  const key = `${at.prefix}${request.step}`
  while (true) {
    const newest = await newestOf(engine, at.service)
    const since = await generationsSince(engine, { service: at.service, newest, after: request.after })
    const own = since.find(({ state }) => state.key === key)
    if (own !== undefined) return conclude(engine, { at, request, own, newest })
    const foreign = since.findLast(({ state }) => !state.key.startsWith(at.prefix))
    if (foreign !== undefined) return supersededBy(foreign)
    // Cut off before its first generation: there is nothing to take back.
    if (request.to === 'incumbent' && newest?.state.key.startsWith(at.prefix) !== true) return unmoved(newest)
    const draft = draftOf(at, {
      request,
      key,
      newest,
      before: await clockBefore(engine, at, newest),
      leaseMillis: engine.trafficLeaseMillis,
    })
    const outcome = await services(engine.objects).publish(draft, { previous: newest, signer: await engine.signer() })
    if (outcome !== 'conflict') return conclude(engine, { at, request, own: outcome, newest: outcome })
  }
}

interface Since {
  readonly service: string
  readonly newest: SignedGeneration | null
  readonly after: number
}

async function generationsSince(
  engine: Engine,
  { service, newest, after }: Since,
): Promise<readonly SignedGeneration[]> {
  const head = newest?.state.generation ?? 0
  const numbers = Array.from({ length: Math.max(0, head - after) }, (_, index) => after + 1 + index)
  return Promise.all(numbers.map((generation) => generationOf(engine, service, generation)))
}

interface Concluding {
  readonly at: TrafficNode
  readonly request: MoveRequest
  readonly own: SignedGeneration
  readonly newest: SignedGeneration | null
}

/** The audit entry comes after the generation: killed between them, the next attempt finds the one and writes the other. */
async function conclude(engine: Engine, { at, request, own, newest }: Concluding): Promise<Moved> {
  const { generation, cause, candidate, stable, key } = own.state
  const body = {
    generation,
    digest: own.digest,
    cause,
    stable,
    candidate,
    reason: request.reason,
    evidence: own.state.evidence,
  }
  await record(engine, at.service, { key, kind: 'traffic', by: request.run.workflowId, body })
  return newest === null || newest.state.generation === generation
    ? { state: 'moved', generation }
    : supersededBy(newest)
}

function unmoved(newest: SignedGeneration | null): Moved {
  return { state: 'moved', generation: newest?.state.generation ?? 0 }
}

function supersededBy({ state: { generation, by } }: SignedGeneration): Moved {
  return { state: 'superseded', generation, by }
}

/** Event time goes back with the traffic: it is what it was before this run's first generation. */
async function clockBefore(
  engine: Engine,
  { service, prefix, clock }: TrafficNode,
  newest: SignedGeneration | null,
): Promise<Generation['clock']> {
  for (let at = newest; at !== null;) {
    if (!at.state.key.startsWith(prefix)) return at.state.clock
    at = at.state.generation === 1 ? null : await generationOf(engine, service, at.state.generation - 1)
  }
  return clock
}

interface Drafting {
  readonly request: MoveRequest
  readonly key: string
  readonly newest: SignedGeneration | null
  readonly before: Generation['clock']
  readonly leaseMillis: number
}

function draftOf(at: TrafficNode, { request, key, newest, before, leaseMillis }: Drafting): GenerationDraft {
  const { service, prefix, spec } = at
  const { to, run, evidence } = request
  return {
    service,
    ...splitOf(at, { to, stable: newest?.state.stable ?? null, leaseMillis }),
    // One canary, one salt: who has met the candidate meets it again at the next share.
    salt: prefix,
    clock: to === 'incumbent' ? before : at.clock,
    key,
    cause: causeOf(to, spec !== null),
    by: run.workflowId,
    evidence,
  }
}

function causeOf(to: Move, isCanary: boolean): Generation['cause'] {
  if (to === 'incumbent') return 'rolled-back'
  if (!isCanary) return 'direct'
  return to === 'candidate' ? 'promoted' : 'canary'
}

interface Splitting {
  readonly to: Move
  readonly stable: Generation['stable']
  readonly leaseMillis: number
}

function splitOf(
  { candidate }: TrafficNode,
  { to, stable, leaseMillis }: Splitting,
): Pick<Generation, 'stable' | 'candidate' | 'until'> {
  if (to === 'candidate') return { stable: candidate, candidate: null, until: null }
  if (to === 'incumbent') return { stable, candidate: null, until: null }
  const until = new Date(Date.now() + leaseMillis).toISOString()
  return { stable, candidate: { ...candidate, share: to.share }, until }
}
