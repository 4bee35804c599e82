import { digestOf } from '../../dsl/digest.ts'
import { chainOf } from '../canary/record.ts'
import type { Engine } from '../engine.ts'
import { nodeAt } from '../node-scope.ts'
import { plain } from '../plain.ts'
import { publishOnce } from '../publish-once.ts'
import type { NodeAnswer, NodeRequest } from '../requests.ts'
import { MONITORED, monitorIdOf, newestPolicy } from './monitored.ts'

/**
 * Has the service's monitor run by the policy of this run's plan: starts it, or tells the one that runs.
 * Writes the policy into the service's audit chain first, then signals the newest one there: an attempt that comes late puts
 * no older policy in its place. Key: the order and the node; the result's, the run besides. Throws `node-unknown`,
 * `signing-key-…`, StoreError's codes.
 */
export async function ensureMonitor(engine: Engine, request: NodeRequest, run: string): Promise<NodeAnswer> {
  const { pipeline, node } = await nodeAt(engine, request, 'monitor')
  const { service } = node.spec
  const own = { service, order: request.order, node: node.id }
  const said = { key: `${MONITORED}:${own.order}:${own.node}`, kind: MONITORED, by: run, body: { ...own, pipeline } }
  await engine.audit.append(chainOf(service), said, await engine.signer())
  const policy = (await newestPolicy(engine.audit, { service, keys: await engine.trustedKeys() })) ?? own
  const workflowId = monitorIdOf(service)
  await engine.signalWithStart({
    workflow: 'monitor',
    workflowId,
    input: { policy },
    signal: 'policy',
    message: policy,
  })
  const key = digestOf({ kind: 'monitor', version: 1, run, order: request.order, node: node.id })
  const place = { key, pipeline, node: node.id, run }
  return publishOnce(engine, place, () => Promise.resolve(plain({ service, monitor: workflowId })))
}
