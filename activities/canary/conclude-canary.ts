import { digestOf } from '../../dsl/digest.ts'
import { nameOf } from '../../store/model-version.ts'
import { sealHeads } from '../../store/audit-heads.ts'
import type { Engine } from '../engine.ts'
import { plain } from '../plain.ts'
import { publishOnce } from '../publish-once.ts'
import type { NodeAnswer } from '../requests.ts'
import { record } from './record.ts'
import type { ConcludeRequest, TrafficOutput } from './requests.ts'
import { generationOf, newestOf } from './service-state.ts'
import { trafficNodeAt, type TrafficNode } from './traffic-node.ts'

/**
 * Publishes how a move of traffic ended, and writes it into the service's audit chain. Key: the run and the node; killed
 * and tried again, the first answer stands. All but `serving` ends the run.
 */
export async function concludeCanary(engine: Engine, request: ConcludeRequest): Promise<NodeAnswer> {
  const at = await trafficNodeAt(engine, request)
  const { outcome, reason, steps, run } = request
  const output: TrafficOutput = {
    state: outcome,
    service: at.service,
    candidate: at.name,
    incumbent: await incumbentOf(engine, at),
    reason,
    steps,
  }
  const key = digestOf({ kind: 'traffic', version: 1, run, node: at.node })
  const place = { key, pipeline: at.pipeline, node: at.node, run: run.workflowId }
  const { digest } = await publishOnce(engine, place, () => Promise.resolve(plain(output)))
  await record(engine, at.service, {
    key: `${at.prefix}${at.node}`,
    kind: 'canary-ended',
    by: run.workflowId,
    body: output,
  })
  await sealHeads(engine.objects, {
    signer: await engine.signer(),
    by: run.workflowId,
    log: engine.audit,
  })
  // What a run before it has published it does not reuse: each moves traffic itself.
  const answer = { key, digest, reused: false }
  return outcome === 'serving' ? { ...answer, serving: true } : { ...answer, verdict: outcome }
}

/** What the service answered by before this run moved anything. */
async function incumbentOf(engine: Engine, { service, prefix }: TrafficNode): Promise<string | null> {
  for (let at = await newestOf(engine, service); at !== null;) {
    const { stable, key, generation } = at.state
    if (!key.startsWith(prefix)) return stable && nameOf(stable)
    at = generation === 1 ? null : await generationOf(engine, service, generation - 1)
  }
  return null
}
