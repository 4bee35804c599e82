import type { CanarySpec } from '../../dsl/lifecycle/release-nodes.ts'
import type { Digest, Json, Plan } from '../../dsl/plan.ts'
import type { Clock, Served } from '../../store/generation.ts'
import { nameOf } from '../../store/model-version.ts'
import type { Engine } from '../engine.ts'
import { ActivityError } from '../errors.ts'
import { nodeAt, outputAs } from '../node-scope.ts'
import type { RegisterOutput } from '../register.ts'
import type { TrafficRequest } from './requests.ts'
import { newestOf } from './service-state.ts'

export type Registered = Extract<RegisterOutput, { readonly state: 'registered' }>

/** A node that moves traffic, with the version that is to get it. */
export interface TrafficNode {
  readonly node: string
  readonly pipeline: string
  readonly service: string
  /** Null: all traffic at once. */
  readonly spec: CanarySpec | null
  readonly plan: Plan
  readonly planDigest: Digest
  readonly clock: Clock
  readonly registered: Registered
  readonly candidate: Served
  /** Of a version: what a generation names besides the model. */
  readonly name: string
  /** Begins the key of each of this run's generations and audit entries. */
  readonly prefix: string
}

/** Throws `node-unknown`, `input-missing`. */
export async function trafficNodeAt(engine: Engine, request: TrafficRequest): Promise<TrafficNode> {
  const at = await nodeAt(engine, request, 'canary', 'direct')
  const order = await engine.order(request.order)
  const { planDigest, nodes } = order
  const { service } = at.node.spec
  const clock = order.namesClock ? order.clock : ((await newestOf(engine, service))?.state.clock ?? order.clock)
  const needed = (kind: string): string | undefined => at.node.needs.find((id) => nodes.get(id)?.kind === kind)
  const registered = outputAs<RegisterOutput>(at.scope, needed('register'))
  if (registered.state !== 'registered') {
    const message = `node "${at.node.id}": expected a registered version, got one whose gates failed`
    throw new ActivityError('input-missing', { message, retry: false })
  }
  const { model, version, rootDigest } = registered
  const candidate: Served = {
    model,
    version,
    entry: await engine.registry.digest(model, version),
    rootDigest,
    plan: planDigest,
    features: featuresOf(at.scope.outputs, needed('materialize')),
  }
  return {
    node: at.node.id,
    pipeline: at.pipeline,
    service,
    spec: at.node.kind === 'canary' ? at.node.spec : null,
    plan: at.plan,
    planDigest,
    clock,
    registered,
    candidate,
    name: nameOf(candidate),
    prefix: `${request.run.workflowId}/${request.run.firstRunId}/`,
  }
}

/** Null where no feature looks into the past. */
function featuresOf(outputs: ReadonlyMap<string, Json>, node: string | undefined): Digest | null {
  if (node === undefined) return null
  // What a `materialize` node publishes.
  const { file } = outputs.get(node) as unknown as { readonly file: { readonly $file: Digest } | null }
  return file?.$file ?? null
}
