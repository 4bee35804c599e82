import { randomUUID } from 'node:crypto'
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client'
import type { Replan, Replanned } from '../../workflows/replan.ts'
import { CliError } from '../errors.ts'
import { runOver } from '../run/run-over.ts'
import { sendUpdate } from '../run/send-update.ts'
import type { RunHandle } from '../run/start-run.ts'

/** Has a run go on by another order; answers which nodes come to their end first. Throws `move-refused`, `run-over`. */
export async function sendReplan(handle: RunHandle, orders: Replan): Promise<readonly string[]> {
  const answer = await answerTo(handle, orders)
  if (answer.accepted) return answer.after
  throw moveRefused(handle, answer.reasons)
}

async function answerTo(handle: RunHandle, orders: Replan): Promise<Replanned> {
  try {
    return await sendUpdate<Replanned>(handle, { name: 'replan', arg: orders, updateId: randomUUID() })
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw runOver(handle.workflowId, 'ended meanwhile')
    if (error instanceof WorkflowUpdateFailedError) throw moveRefused(handle, [error.cause?.message ?? error.message])
    throw error
  }
}

function moveRefused({ workflowId }: RunHandle, reasons: readonly string[]): CliError {
  return new CliError('move-refused', {
    message: `run "${workflowId}" cannot go on by this plan, and goes on as it was`,
    details: reasons,
    remedy: 'start a new run: it reuses all that is done',
  })
}
