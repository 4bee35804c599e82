import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/common'
import {
  ActivityCancellationType,
  ApplicationFailure,
  ChildWorkflowCancellationType,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
} from '@temporalio/workflow'
import type { Activities } from '../activities/activities.ts'
import { messageOf } from './failures.ts'
import { nominalTime } from './nominal-time.ts'
import { childOptions, place, type PlacedOrder } from './placing.ts'
import { runPipeline, type RunResult } from './run-pipeline.ts'

export interface LaunchInput {
  readonly pipeline: string
}

export interface Launched {
  readonly run: string
  /** `known`: the nominal time has a run already, which goes on or did not fail; it was waited for. */
  readonly outcome: RunResult['outcome'] | 'known'
}

const waiting = proxyActivities<Activities>({
  startToCloseTimeout: '30 days',
  heartbeatTimeout: '20 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
})

/**
 * What a schedule starts: runs the plan applied last as of the nominal time, and lasts as long as the run, so that the
 * schedule's overlap policy is about runs. A nominal time has one run: made up for twice it is the run there is, unless
 * that one failed or was stopped.
 */
export async function launch({ pipeline }: LaunchInput): Promise<Launched> {
  const at = nominalTime()
  const placed = await place({ pipeline, at, trigger: null }, at)
  if (placed.state === 'refused') throw ApplicationFailure.nonRetryable(placed.message, placed.reason)
  const { run } = placed
  setCurrentDetails(`the run is \`${run}\``)
  try {
    return { run, outcome: await outcomeOf(placed) }
  } catch (error) {
    // Cancelled by a person or by the overlap policy: the run has stopped, and this is told as such.
    if (isCancellation(error)) throw error
    throw ApplicationFailure.nonRetryable(`run "${run}" failed: ${messageOf(error)}`, 'run-failed')
  }
}

async function outcomeOf(placed: PlacedOrder): Promise<Launched['outcome']> {
  try {
    const { outcome } = await executeChild(runPipeline, {
      ...childOptions(placed),
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    })
    return outcome
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    await waiting.awaitTurn({ workflowId: placed.run })
    return 'known'
  }
}
