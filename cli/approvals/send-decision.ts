import { WorkflowUpdateFailedError } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import type { Decided } from '../../activities/decide.ts'
import { sha256Of } from '../../store/artifacts.ts'
import { CliError } from '../errors.ts'
import { sendUpdate } from '../run/send-update.ts'
import type { RunHandle } from '../run/start-run.ts'

/**
 * Sends a signed decision as update `decide` and answers what the run says. The same decision sent again is the same
 * update, so that a lost answer costs nothing. Throws `decision-refused`.
 */
export async function sendDecision(handle: RunHandle, envelope: string): Promise<Decided> {
  // The envelope as an object, so that histories show its parts.
  const update = { name: 'decide', arg: JSON.parse(envelope) as unknown, updateId: sha256Of(envelope) }
  try {
    return await sendUpdate<Decided>(handle, { ...update, passing: ['not-awaited'] })
  } catch (error) {
    throw refusalOf(error)
  }
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
