import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  ActivityCancellationType,
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  executeChild,
  ParentClosePolicy,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow'
import type { Activities } from '../activities/activities.ts'
import type { TrafficRequest } from '../activities/canary/requests.ts'
import type { NodeAnswer, NodeRequest } from '../activities/requests.ts'
import { local, ordinary } from './canary-calls.ts'
import { canary } from './canary.ts'

const waiting = proxyActivities<Activities>({
  startToCloseTimeout: '30 days',
  heartbeatTimeout: '20 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
})

/**
 * Has the service's canary move its traffic: a workflow of its own, of which there is one a service, which outlives a run
 * that is terminated. A run that is cancelled has it take the traffic back first.
 */
export async function runTraffic(request: NodeRequest): Promise<NodeAnswer> {
  const { workflowId: run, firstExecutionRunId } = workflowInfo()
  const traffic: TrafficRequest = { ...request, run: { workflowId: run, firstRunId: firstExecutionRunId } }
  const { service, candidate, whenBusy } = await local.openCanary(traffic)
  const workflowId = `canary:${service}`
  while (true) {
    const answer = await startOne(traffic, { workflowId, summary: `${service} • ${candidate}` })
    if (answer !== 'busy') return answer
    if (whenBusy === 'end') {
      const reason = `another run moves the traffic of "${service}": ${workflowId}`
      return ordinary.concludeCanary({ ...traffic, outcome: 'busy', reason, steps: [] })
    }
    await waiting.awaitTurn.executeWithOptions(
      { startToCloseTimeout: '30 days', heartbeatTimeout: '20 seconds', summary: workflowId },
      [{ workflowId }],
    )
  }
}

interface Starting {
  readonly workflowId: string
  readonly summary: string
}

async function startOne(request: TrafficRequest, { workflowId, summary }: Starting): Promise<NodeAnswer | 'busy'> {
  try {
    const answer = await executeChild(canary, {
      workflowId,
      args: [{ request }],
      staticSummary: summary,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    })
    // It took the traffic back and answered; the run is cancelled none the less.
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('run cancelled')
    return answer
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'busy'
    throw error
  }
}
