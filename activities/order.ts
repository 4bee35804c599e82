import type { Digest, Json, Plan, PlanNode } from '../dsl/plan.ts'
import type { Artifacts } from '../store/artifacts.ts'
import type { Clock } from '../store/generation.ts'
import { ActivityError } from './errors.ts'
import { latest } from './latest.ts'

const EPOCH = '1970-01-01T00:00:00.000Z'

/** What one run was asked to do: immutable, stored, and named by its digest in the run's input. */
export interface Order {
  readonly plan: Digest
  readonly parameters: Readonly<Record<string, Json>>
  /** Who asked, as the asker says: not proof of identity. */
  readonly requestedBy: string
  /** What event time is from when the run moves traffic. Default: what it is for the service, or wall time. */
  readonly clock?: Clock
  /** The envelope of a regulated run's order (`store/signed-order.ts`). */
  readonly signed?: string
}

export interface LoadedOrder {
  readonly planDigest: Digest
  readonly plan: Plan
  readonly nodes: ReadonlyMap<string, PlanNode>
  readonly parameters: Order['parameters']
  /** Wall time where the order names none. */
  readonly clock: Clock
  readonly namesClock: boolean
  readonly signed?: string
}

/** Event time is wall time. */
export const LIVE: Clock = { eventOrigin: EPOCH, wallOrigin: EPOCH, scale: 1 }

/** Names the workflow of an order. One run at a time has the id, so the cause is what a second start of the same run is told by. */
export function runIdOf(pipeline: string, cause: string): string {
  return `run:${pipeline}:${cause}`
}

/** How many orders a worker keeps parsed. A plan of 1,000 nodes is about 1 MB. */
const KEPT = 64

/** Reads orders and their plans from the store. Both are immutable, so the latest ones are kept. */
export function orderLoader(artifacts: Artifacts): (order: Digest) => Promise<LoadedOrder> {
  const kept = latest<LoadedOrder>(KEPT)
  return (digest) => kept(digest, () => load(artifacts, digest))
}

async function load(artifacts: Artifacts, digest: Digest): Promise<LoadedOrder> {
  const order = await readJson<Order>(artifacts, digest)
  const plan = await readJson<Plan>(artifacts, order.plan)
  if (plan.irVersion !== 1) {
    throw new ActivityError('plan-version', {
      message: `plan of "${plan.pipeline}": expected irVersion 1, got ${String(plan.irVersion)}; run a worker of the version that compiled it`,
      retry: false,
    })
  }
  return {
    planDigest: order.plan,
    plan,
    nodes: new Map(plan.nodes.map((node) => [node.id, node])),
    parameters: order.parameters,
    clock: order.clock ?? LIVE,
    namesClock: order.clock !== undefined,
    ...(order.signed !== undefined && { signed: order.signed }),
  }
}

/** The digest vouches for the bytes, and only Anneal writes what it reads so: orders, plans, a model's files. Their shape is taken on trust. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the shape
export async function readJson<T>(artifacts: Artifacts, digest: Digest): Promise<T> {
  const bytes = await artifacts.get(digest)
  return JSON.parse(new TextDecoder().decode(bytes)) as T
}
