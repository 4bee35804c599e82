import { setTimeout as pause } from 'node:timers/promises'
import { ServiceError, WorkflowUpdateFailedError } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import type { Decided } from '../../activities/decide.ts'
import { sha256Of } from '../../store/artifacts.ts'
import { CliError } from '../errors.ts'
import type { RunHandle } from '../run/start-run.ts'

/** How long a run that continues as new, or a server that starts again, may take. */
const AGAIN_MILLIS = 15_000
const PAUSE_MILLIS = 250

/**
 * Sends a signed decision as update `decide` and answers what the run says. The same decision sent again is the same
 * update, so that a lost answer costs nothing. Throws `decision-refused`.
 */
export async function sendDecision(handle: RunHandle, envelope: string): Promise<Decided> {
  const given = performance.now() + AGAIN_MILLIS
  const updateId = sha256Of(envelope)
  while (true) {
    try {
      // The envelope as an object, so that histories show its parts.
      return await handle.executeUpdate<Decided, [unknown]>('decide', { args: [JSON.parse(envelope)], updateId })
    } catch (error) {
      if (!isPassing(error) || performance.now() > given) throw refusalOf(error)
      await pause(PAUSE_MILLIS)
    }
  }
}

/** The run continues as new, and the next one takes the decision; or the server does not answer at this moment. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof WorkflowUpdateFailedError)) return error instanceof ServiceError
  const { cause } = error
  if (!(cause instanceof ApplicationFailure)) return true
  return cause.type === 'not-awaited' || cause.type === 'AcceptedUpdateCompletedWorkflow'
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof WorkflowUpdateFailedError)) return error
  const { cause } = error
  return decisionRefused(cause instanceof ApplicationFailure ? cause.type : undefined, cause?.message ?? error.message)
}

export function decisionRefused(reason: string | null | undefined, message: string): CliError {
  return new CliError('decision-refused', {
    message: `the decision does not count: ${reason ?? 'refused'}`,
    details: [message],
    remedy: 'see what the run waits for with `anneal status RUN`, and who may decide with `anneal approver list`',
  })
}
