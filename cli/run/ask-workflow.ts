import type { Client } from '@temporalio/client'
import { CliError } from '../errors.ts'

const ANSWER_MILLIS = 10_000

/** Asks a workflow what only a worker can answer, and waits so long and no longer. */
export function askWorkflow<Answer>(client: Client, ask: () => Promise<Answer>): Promise<Answer> {
  return client.withDeadline(Date.now() + ANSWER_MILLIS, ask)
}

/** What there is to say where `askWorkflow` failed; `workflow`: `run "ID"`. */
export function noAnswer(workflow: string, { remedy, cause }: { remedy: string; cause: unknown }): CliError {
  return new CliError('no-worker', {
    message: `${workflow} does not answer`,
    expected: 'a worker that answers for it',
    got: `none within ${ANSWER_MILLIS / 1000} s`,
    remedy,
    cause,
  })
}
