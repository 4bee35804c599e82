import { canonicalJson } from '../../dsl/digest.ts'
import { skeletonOf } from '../../dsl/skeleton.ts'
import { sealHeads } from '../../store/audit-heads.ts'
import { eventMillis } from '../../store/generation.ts'
import { monitorOf, sealOrder } from '../../store/signed-order.ts'
import { chainOf } from '../canary/record.ts'
import { newestOf } from '../canary/service-state.ts'
import type { Engine } from '../engine.ts'
import { nodeAt } from '../node-scope.ts'
import { LIVE, runIdOf, type Order } from '../order.ts'
import { whyNot } from './may-retrain.ts'
import { planToRetrain } from './plan-to-retrain.ts'
import type { RetrainDecision, RetrainRequest } from './requests.ts'
import { entryOf, findRetrain, type Retrain } from './retrains.ts'

/**
 * Decides whether a model is trained anew, and orders the run: of the pipeline's plan that was applied last, signed by this installation for the service's monitor.
 * Writes the order, then one entry of the service's audit chain, then answers what that entry says. Key: cause and id; cut
 * off before the entry it is decided anew, and the order that nobody names is another one's bytes at most. Starts nothing.
 * No heartbeat: it is short. Throws `node-unknown`, `signing-key-…`, StoreError's codes.
 */
export async function decideRetrain(engine: Engine, request: RetrainRequest): Promise<RetrainDecision> {
  const reader = { audit: engine.audit, keys: await engine.trustedKeys() }
  const known = await findRetrain(reader, request)
  if (known !== undefined) return decisionOf(engine, known)
  const signer = await engine.signer()
  await engine.audit.append(chainOf(request.service), entryOf(request, await decide(engine, request)), signer)
  await sealHeads(engine.objects, { signer, by: monitorOf(request.service), log: engine.audit })
  // Another attempt may have been first.
  const said = await findRetrain(reader, request)
  if (said === undefined) throw new Error('retrain: expected the entry that was just appended, got none')
  return decisionOf(engine, said)
}

async function decide(engine: Engine, request: RetrainRequest): Promise<Retrain> {
  const { service, cause, id, reason } = request
  const { node, plan } = await nodeAt(engine, { ...request, inputs: {} }, 'monitor')
  const clock = (await newestOf(engine, service))?.state.clock
  const asked = { cause, id, reason }
  if (clock === undefined) {
    return { state: 'declined', ...asked, eventAt: null, because: `service "${service}" answers by no model yet` }
  }
  const nowMillis = eventMillis(clock, Date.now())
  const eventAt = new Date(nowMillis).toISOString()
  const declined = (because: string): Retrain => ({ state: 'declined', ...asked, eventAt, because })
  const against = await whyNot(engine, { request, nowMillis, policy: node.spec.retrain })
  if (against !== undefined) return declined(against)
  const chosen = await planToRetrain(engine, {
    pipeline: plan.pipeline,
    order: request.order,
    asOf: request.asOf ?? eventAt,
  })
  if ('missing' in chosen) return declined(`parameter "${chosen.missing}" of pipeline "${plan.pipeline}" has no value`)
  const { planDigest, parameters } = chosen
  const run = runIdOf(plan.pipeline, `${cause}-${id}`)
  const person = monitorOf(service)
  const at = new Date().toISOString()
  const signed = sealOrder({ plan: planDigest, parameters, clock: LIVE, person, run, at }, await engine.signer())
  // It names no clock: what holds for the service when its traffic is moved goes on to hold.
  const order: Order = { plan: planDigest, parameters, requestedBy: person, signed }
  const digest = await engine.artifacts.putBytes(Buffer.from(canonicalJson(order)))
  return { state: 'ordered', ...asked, eventAt, run, order: digest }
}

/** Throws StoreError's codes. */
export async function decisionOf(engine: Engine, retrain: Retrain): Promise<RetrainDecision> {
  if (retrain.state === 'declined') return { state: 'declined', reason: retrain.because }
  const { run, order, cause, reason } = retrain
  const { plan, planDigest, parameters } = await engine.order(order)
  const lines = [
    plan.description,
    `- plan \`${planDigest.slice(0, 12)}\`, ${plan.nodes.length} nodes, ${plan.environment}`,
    ...Object.entries(parameters).map(([name, value]) => `- ${name} = \`${JSON.stringify(value)}\``),
    `- asked for by ${cause}: ${reason}`,
  ]
  const details = lines.filter((line) => line !== '').join('\n')
  return { state: 'ordered', run, order, skeleton: skeletonOf(plan), details }
}
