import type { Client } from '@temporalio/client'
import { readJson, type Order } from '../../activities/order.ts'
import type { Digest, Plan } from '../../dsl/plan.ts'
import type { Artifacts } from '../../store/artifacts.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { askStatus } from '../run/ask-status.ts'
import { requireRun } from '../run/require-run.ts'
import { runOver } from '../run/run-over.ts'
import type { RunHandle } from '../run/start-run.ts'

/** A run that goes on, with what it goes by: after a move, what it was moved to last. */
export interface MovableRun {
  readonly handle: RunHandle
  readonly orderDigest: Digest
  readonly order: Order
  readonly plan: Plan
  readonly nodes: RunStatus['nodes']
}

/** Throws `run-unknown`, `run-over`, `no-worker`, StoreError's codes. */
export async function movableRun(client: Client, run: string, artifacts: Artifacts): Promise<MovableRun> {
  const { handle, info } = await requireRun(client, run)
  const status = info.status.name.toLowerCase()
  if (status !== 'running') throw runOver(run, status)
  const { order: orderDigest, nodes } = await askStatus(client, handle)
  const order = await readJson<Order>(artifacts, orderDigest)
  return { handle, orderDigest, order, plan: await readJson<Plan>(artifacts, order.plan), nodes }
}
