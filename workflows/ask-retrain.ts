import { ApplicationFailure, getExternalWorkflowHandle, isCancellation } from '@temporalio/workflow'
import { messageOf } from './failures.ts'
import { nominalTime } from './nominal-time.ts'

export interface AskRetrainInput {
  readonly pipeline: string
  readonly service: string
}

/**
 * What a schedule of retrains starts: asks the service's monitor, which judges cool-down and budget. The nominal time is
 * the id, so that one is asked for once.
 */
export async function askRetrain({ pipeline, service }: AskRetrainInput): Promise<void> {
  const id = nominalTime()
  const asked = { id, cause: 'schedule', reason: `due by schedule at ${id}`, by: `schedule:${pipeline}` }
  try {
    await getExternalWorkflowHandle(`monitor:${service}`).signal('retrain', asked)
  } catch (error) {
    if (isCancellation(error)) throw error
    const message = `monitor of "${service}": expected one that goes on, got ${messageOf(error)}; run the pipeline once`
    throw ApplicationFailure.nonRetryable(message, 'no-monitor')
  }
}
