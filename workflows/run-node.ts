import { ActivityCancellationType, proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow'
import type { Activities } from '../activities/activities.ts'
import type { NodeAnswer } from '../activities/requests.ts'
import type { Queue } from '../dsl/plan.ts'
import { runApproval, type ApprovalCall } from './approval.ts'
import { runEach } from './run-each.ts'
import { runTraffic } from './run-traffic.ts'
import type { RunState } from './run-state.ts'
import type { RunNode } from './skeleton.ts'

const LOCAL = { startToCloseTimeout: '10 seconds', retry: { maximumAttempts: 5 } } as const
const MAX_BACKOFF = '1 minute'
/** A worker ends an attempt at its timeout, and says so in words; the server's limit is for one that does not. */
const OVERTIME_MILLIS = 10_000
/** How long a light step may wait for its turn on the worker that has taken it: no part of its own timeout. */
const LONGEST_TURN_MILLIS = 24 * 60 * 60 * 1000

const ordinary = proxyActivities<Activities>({ startToCloseTimeout: '10 minutes' })
const local = proxyLocalActivities<Activities>(LOCAL)

export interface NodeCall extends ApprovalCall {
  /** Called where the node turns out to wait for a worker, and whenever an element of its list is done. */
  readonly onChange: () => void
}

/** Works on one node until its result is published. */
export function runNode(run: RunState, node: RunNode, call: NodeCall): Promise<NodeAnswer | 'unfinished'> {
  const { onChange } = call
  if (node.policy.queue === 'light') return callOf(run, node, call)
  return noteMissingWorker(run, node).then(() => {
    if (run.awaitingWorker.has(node.id)) onChange()
    return callOf(run, node, call)
  })
}

function callOf(run: RunState, node: RunNode, call: NodeCall): Promise<NodeAnswer | 'unfinished'> {
  const { request } = call
  switch (node.kind) {
    case 'task':
    case 'python':
      return ordinary[node.kind].executeWithOptions({ ...stepOptionsOf(node.policy), summary: node.id }, [request])
    case 'source':
    case 'ingest':
    case 'validate':
    case 'features':
    case 'train':
    case 'incumbent':
    case 'evaluate':
    case 'register':
    case 'materialize':
      return ordinary[node.kind].executeWithOptions({ ...optionsOf(node.policy), summary: node.id }, [request])
    case 'best':
      return local.best.executeWithOptions({ ...LOCAL, summary: node.id }, [request])
    case 'each':
      return runEach(run, node, {
        expand: () => local.expand.executeWithOptions({ ...LOCAL, summary: node.id }, [request]),
        step: (item, total) =>
          ordinary[node.step].executeWithOptions(
            { ...stepOptionsOf(node.policy), summary: `${node.id} ${item + 1} of ${total}` },
            [{ ...request, item }],
          ),
        onChange: call.onChange,
        collect: () => local.collect.executeWithOptions({ ...LOCAL, summary: node.id }, [request]),
      })
    case 'approve':
      return runApproval(run, node, call)
    case 'canary':
    case 'direct':
      return runTraffic(request)
    case 'monitor':
      return ordinary.ensureMonitor.executeWithOptions({ ...optionsOf(node.policy), summary: node.id }, [request])
  }
}

/** An activity on a queue that nobody polls waits, which is right, but must not do so in silence. */
async function noteMissingWorker(run: RunState, { id, policy }: RunNode): Promise<void> {
  const taskQueue = taskQueueOf(policy.queue)
  const options = { ...LOCAL, summary: `worker on ${taskQueue}` }
  const { polled } = await local.preflight.executeWithOptions(options, [{ taskQueue }])
  if (!polled) run.awaitingWorker.set(id, taskQueue)
}

function optionsOf(policy: RunNode['policy']) {
  return {
    taskQueue: taskQueueOf(policy.queue),
    startToCloseTimeout: policy.timeoutMillis + OVERTIME_MILLIS,
    heartbeatTimeout: policy.heartbeatMillis,
    retry: {
      // The server takes no 0.
      initialInterval: Math.max(1, policy.backoffMillis),
      backoffCoefficient: 2,
      maximumInterval: MAX_BACKOFF,
      maximumAttempts: policy.attempts,
    },
    // The run closes only once the children of a cancelled step are gone and its claim is released.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  }
}

/** For the author's own code, whose timeout the worker that runs it sees to. */
function stepOptionsOf(policy: RunNode['policy']) {
  const options = optionsOf(policy)
  if (policy.queue !== 'light') return options
  return { ...options, startToCloseTimeout: options.startToCloseTimeout + LONGEST_TURN_MILLIS }
}

/** The base queue is the workflow's own, so one server can hold several Anneals. */
function taskQueueOf(queue: Queue): string {
  const base = workflowInfo().taskQueue
  return queue === 'light' ? base : `${base}-${queue}`
}
