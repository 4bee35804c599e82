import { digestOf } from '../../dsl/digest.ts'
import { nameOf } from '../../store/model-version.ts'
import { readApprovers, type Approvers } from '../../store/approvers.ts'
import { judgeOrder } from '../../store/signed-order.ts'
import { ALL_TRAFFIC } from '../../store/generation.ts'
import type { Plan } from '../../dsl/plan.ts'
import type { DecisionRequest } from '../../store/judge-decision.ts'
import type { Engine } from '../engine.ts'
import { ActivityError } from '../errors.ts'
import { isServing } from './is-serving.ts'
import type { Opening, TrafficRequest } from './requests.ts'
import { newestOf } from './service-state.ts'
import { trafficNodeAt, type TrafficNode } from './traffic-node.ts'

/** A verdict takes a while to compute, and traffic is counted by the second. */
const SHORTEST_TICK_MILLIS = 500
export const TICKS_A_HOLD = 10

/**
 * Resolves what a run is about to do with a service's traffic. Reads the plan, the registry and the service's newest
 * generation; writes nothing. Throws `clock-too-fast`, `store-corrupt`.
 */
export async function openCanary(engine: Engine, request: TrafficRequest): Promise<Opening> {
  const at = await trafficNodeAt(engine, request)
  const { service, spec, registered, plan, clock, name } = at
  const newest = await newestOf(engine, service)
  const stable = newest?.state.stable ?? null
  const holdMillis = (spec?.holdMillis ?? 0) / clock.scale
  if (spec !== null) refuseFastClock(at, holdMillis)
  return {
    service,
    candidate: name,
    incumbent: stable && nameOf(stable),
    generation: newest?.state.generation ?? 0,
    serving: await isServing(engine, { service, rootDigest: registered.rootDigest, plan }),
    // A first model has nothing beside it: nobody would be spared by a share of it.
    shares: stable === null ? [] : (spec?.traffic ?? []).map((share) => Math.round(share * ALL_TRAFFIC)),
    holdMillis,
    maxHoldMillis: (spec?.maxHoldMillis ?? 0) / clock.scale,
    whenBusy: spec?.whenBusy ?? 'wait',
    isDirect: spec === null,
    leaseMillis: engine.trafficLeaseMillis,
    decision: await decisionOf(engine, at, request),
  }
}

function refuseFastClock({ node, clock }: TrafficNode, holdMillis: number): void {
  if (clock.scale === 1 || holdMillis / TICKS_A_HOLD >= SHORTEST_TICK_MILLIS) return
  const shortest = SHORTEST_TICK_MILLIS * TICKS_A_HOLD
  throw new ActivityError('clock-too-fast', {
    message: `node "${node}" hold: expected at least ${shortest} ms of wall time, got ${Math.round(holdMillis)} ms at --speed ${clock.scale}; slow the clock down or hold longer`,
    retry: false,
  })
}

/** The same for every attempt: what a decision names is the run, so one nonce a node is enough. */
async function decisionOf(
  engine: Engine,
  { service, node, plan, planDigest, registered }: TrafficNode,
  { run, order }: TrafficRequest,
): Promise<DecisionRequest> {
  const { model, version, rootDigest, evidence } = registered
  const subject = { service, model, version, rootDigest, plan: planDigest, evidence, stage: 'canary', run }
  const keys = await engine.trustedKeys()
  const approvers = await readApprovers(engine.audit, keys)
  const { parameters, clock, signed } = await engine.order(order)
  const ordered = { plan: planDigest, parameters, clock, run: run.workflowId, approvers, keys, demo: engine.demoKeys }
  const judged = signed === undefined ? undefined : judgeOrder({ envelope: signed, ...ordered })
  return {
    ...subject,
    nonce: digestOf({ ...subject, node }),
    roles: rolesOf(plan, approvers),
    commentRequired: false,
    author: judged !== undefined && 'person' in judged ? judged.person : null,
    expiresAt: null,
    ...(engine.demoKeys && ({ demo: true } as const)),
  }
}

/** Those who may approve; where nobody has to, everybody who is enrolled. */
function rolesOf({ nodes }: Plan, { byKeyId }: Approvers): readonly string[] {
  const approve = nodes.find(({ kind }) => kind === 'approve')
  if (approve?.kind === 'approve') return approve.spec.roles
  return [...new Set([...byKeyId.values()].flatMap(({ roles }) => roles))].toSorted()
}
