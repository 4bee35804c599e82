import { setTimeout as pause } from 'node:timers/promises'
import { ServiceError, WorkflowUpdateFailedError } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import type { RunHandle } from './start-run.ts'

/** How long a run that continues as new, or a server that starts again, may take. */
const AGAIN_MILLIS = 15_000
const PAUSE_MILLIS = 250

export interface Update {
  readonly name: string
  readonly arg: unknown
  /** The same however often it is sent, so that a lost answer costs nothing. */
  readonly updateId: string
  /** Types of failures that pass by themselves. Default: none. */
  readonly passing?: readonly string[]
}

/** Sends a run an update and answers what it says; again while it continues as new or the server does not answer. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names what the run answers
export async function sendUpdate<Answer>(handle: RunHandle, update: Update): Promise<Answer> {
  const { name, arg, updateId, passing = [] } = update
  const given = performance.now() + AGAIN_MILLIS
  while (true) {
    try {
      return await handle.executeUpdate<Answer, [unknown]>(name, { args: [arg], updateId })
    } catch (error) {
      if (!isPassing(error, passing) || performance.now() > given) throw error
      await pause(PAUSE_MILLIS)
    }
  }
}

/** The run continues as new, and the next one takes the update; or the server does not answer at this moment. */
function isPassing(error: unknown, passing: readonly string[]): boolean {
  if (!(error instanceof WorkflowUpdateFailedError)) return error instanceof ServiceError
  const { cause } = error
  if (!(cause instanceof ApplicationFailure)) return true
  return cause.type === 'AcceptedUpdateCompletedWorkflow' || passing.includes(cause.type ?? '')
}
