import type { Client } from '@temporalio/client'
import type { Plan, Queue } from '../../dsl/plan.ts'
import { isPolled, taskQueueOf } from '../../activities/task-queues.ts'
import { CliError } from '../errors.ts'

/** What `worker/main.ts` serves on request only. */
const NO_GPU = 'leave `gpus` out, or start `anneal worker` with ANNEAL_GPU=true on a machine that has one'

/** A server that is starting takes connections before it answers. */
const PATIENCE_MILLIS = 20_000

/** Every task queue that the plan needs has a worker, or nothing is started. Throws `no-worker`. */
export async function requireWorkers(client: Client, plan: Plan, { base }: { readonly base: string }): Promise<void> {
  const classes = new Set<Queue>(['light', ...plan.nodes.map(({ policy }) => policy.queue)])
  const queues = [...classes].map((queue) => taskQueueOf(base, queue))
  const { namespace } = client.options
  const polled = await client.withDeadline(Date.now() + PATIENCE_MILLIS, () =>
    Promise.all(queues.map((taskQueue) => isPolled(client.workflowService, { namespace, taskQueue }))),
  )
  const missing = queues.filter((_, index) => polled[index] === false)
  if (missing.length === 0) return
  throw new CliError('no-worker', {
    message: `no worker polls ${missing.map((queue) => `"${queue}"`).join(', ')}`,
    expected: `a worker on each of ${queues.map((queue) => `"${queue}"`).join(', ')}`,
    got: 'none that was seen within the last 70 seconds',
    remedy: missing.includes(taskQueueOf(base, 'gpu')) ? NO_GPU : 'start one with `anneal dev` or `anneal worker`',
  })
}
