import { setTimeout as pause } from 'node:timers/promises'
import { canonicalJson } from '../../dsl/digest.ts'
import { leases } from '../../store/leases.ts'
import { services } from '../../store/services.ts'
import type { Engine } from '../engine.ts'
import { judgeStep, type Judgement } from './judge-step.ts'
import { observer, type Observer } from './observe-step.ts'
import { TICKS_A_HOLD } from './open-canary.ts'
import { chainOf, record, recordKey } from './record.ts'
import type { Watched, WatchRequest } from './requests.ts'
import { generationOf } from './service-state.ts'
import { trafficNodeAt, type TrafficNode } from './traffic-node.ts'
import { whileRenewing } from './while-renewing.ts'

const SHORTEST_TICK_MILLIS = 500
const LONGEST_TICK_MILLIS = 60_000

/**
 * Holds one share: renews its lease, and judges what the gateways saw of it, again and again, until there is a verdict or
 * `untilMillis` is there. Reads the traffic log since the share's generation; writes the findings of a verdict as an
 * artifact, and an entry of the audit chain. Key: the generation; a killed attempt's successor sees all that it saw.
 * Heartbeats the latest findings in words. A lease that ran out meanwhile is a verdict: the share is not what it was.
 */
export async function watchTraffic(engine: Engine, request: WatchRequest): Promise<Watched> {
  const at = await trafficNodeAt(engine, request)
  const { service } = at
  const { generation } = request
  const told = await toldOf(engine, { at, request })
  if (told !== undefined) return told
  const lapsed = await lapseOf(engine, service, generation)
  if (lapsed !== null) return verdictOf(engine, { at, request, verdict: 'fail', reason: lapsed, findings: {} })
  let said = 'no look yet'
  return whileRenewing(engine, { service, generation, details: () => said }, async (signal) => {
    const observe = await observer(engine, at, request)
    while (true) {
      const { verdict, reason, ...findings } = await look(observe, at)
      said = reason
      if (verdict !== 'wait') return verdictOf(engine, { at, request, verdict, reason, findings })
      if (Date.now() >= request.untilMillis) return { verdict, reason, evidence: null }
      if (await isMovedWithin(engine, { at, request, millis: tickOf(at), signal }))
        return superseded(engine, { at, request })
    }
  })
}

async function look(observe: Observer, { spec }: TrafficNode): Promise<Judgement & { readonly looks: number }> {
  if (spec === null) throw new Error('watch: expected a canary, got a direct move')
  const { observed, looks } = await observe()
  return { ...judgeStep(spec, observed), looks }
}

interface Pausing {
  readonly at: TrafficNode
  readonly request: WatchRequest
  readonly millis: number
  readonly signal: AbortSignal
}

/** Until the next tick, unless somebody moves the traffic before: a look-up costs little, a verdict may cost a second. */
async function isMovedWithin({ objects }: Engine, { at, request, millis, signal }: Pausing): Promise<boolean> {
  const until = performance.now() + millis
  while (!(await services(objects).has(at.service, request.generation + 1))) {
    const left = until - performance.now()
    if (left <= 0) return false
    await pause(Math.min(left, SHORTEST_TICK_MILLIS), undefined, { signal })
  }
  return true
}

function tickOf({ spec, clock }: TrafficNode): number {
  const tick = (spec?.holdMillis ?? 0) / clock.scale / TICKS_A_HOLD
  return Math.min(Math.max(tick, SHORTEST_TICK_MILLIS), LONGEST_TICK_MILLIS)
}

/** Gateways went back by themselves when the lease ran out, and stay there: what they see since says nothing of the candidate. */
async function lapseOf(engine: Engine, service: string, generation: number): Promise<string | null> {
  const { state } = await generationOf(engine, service, generation)
  const renewed = await leases(engine.objects).until(service, generation, await engine.trustedKeys())
  const until = Math.max(Date.parse(state.until ?? state.at), renewed ?? 0)
  if (until >= Date.now()) return null
  return `lease: expected it to be renewed by ${new Date(until).toISOString()}, got no renewal; gateways went back by themselves`
}

interface Ending {
  readonly at: TrafficNode
  readonly request: WatchRequest
}

/** A verdict that was written down stands, though the attempt that found it died before it could say so. */
async function toldOf(engine: Engine, { at, request }: Ending): Promise<Watched | undefined> {
  const key = recordKey('canary-verdict', `${at.prefix}${request.step}`)
  const found = await engine.audit.find(chainOf(at.service), key, await engine.trustedKeys())
  // Written by `verdictOf`.
  return found && (found.entry.body as unknown as Watched)
}

async function superseded(engine: Engine, { at, request }: Ending): Promise<Watched> {
  const { state } = await generationOf(engine, at.service, request.generation + 1)
  return { verdict: 'superseded', reason: `traffic was moved by ${state.by}`, evidence: null }
}

interface Verdict extends Ending {
  readonly verdict: 'pass' | 'fail'
  readonly reason: string
  readonly findings: object
}

async function verdictOf(engine: Engine, { at, request, verdict, reason, findings }: Verdict): Promise<Watched> {
  const { step, generation, sinceMillis, run } = request
  const told = { step, generation, since: new Date(sinceMillis).toISOString(), verdict, reason, ...findings }
  // Through JSON, which has no infinity: an interval that ends nowhere has null there.
  const evidence = await engine.artifacts.putBytes(Buffer.from(canonicalJson(JSON.parse(JSON.stringify(told)))))
  const body = { step, generation, verdict, reason, evidence }
  await record(engine, at.service, { key: `${at.prefix}${step}`, kind: 'canary-verdict', by: run.workflowId, body })
  return { verdict, reason, evidence }
}
