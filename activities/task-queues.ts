import { isGrpcServiceError, type WorkflowService } from '@temporalio/client'
import proto from '@temporalio/proto'
import type { Queue } from '../dsl/plan.ts'

/** A long poll takes up to 60 s: a worker not seen for longer than this is gone. */
const SEEN_WITHIN_MILLIS = 70_000

/** `light` is the base queue itself. Workflows apply the same rule, since they may import types only. */
export function taskQueueOf(base: string, queue: Queue): string {
  return queue === 'light' ? base : `${base}-${queue}`
}

/** Whether a worker takes activities from the queue. Right up to the minute: a dead worker is seen for a while. */
export async function isPolled(
  service: WorkflowService,
  { namespace, taskQueue }: { readonly namespace: string; readonly taskQueue: string },
): Promise<boolean> {
  const { pollers } = await service.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
  })
  const now = Date.now()
  return pollers.some(({ lastAccessTime }) => now - Number(lastAccessTime?.seconds ?? 0) * 1000 < SEEN_WITHIN_MILLIS)
}

/** Whether a workflow of this id goes on. */
export async function isRunning(
  service: WorkflowService,
  { namespace, workflowId }: { readonly namespace: string; readonly workflowId: string },
): Promise<boolean> {
  const execution = { workflowId }
  try {
    const { workflowExecutionInfo } = await service.describeWorkflowExecution({ namespace, execution })
    return workflowExecutionInfo?.status === RUNNING
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

const RUNNING = proto.temporal.api.enums.v1.WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING

/** gRPC's status code 5. */
function isNotFound(error: unknown): boolean {
  return isGrpcServiceError(error) && (error.code as number) === 5
}
