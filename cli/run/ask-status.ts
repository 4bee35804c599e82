import type { Client } from '@temporalio/client'
import type { RunStatus } from '../../workflows/run-status.ts'
import { CliError } from '../errors.ts'
import type { RunHandle } from './start-run.ts'

const ANSWER_MILLIS = 10_000

/** What a run says of itself. Throws `no-worker`. */
export async function askStatus(client: Client, handle: RunHandle): Promise<RunStatus> {
  try {
    const ask = (): Promise<RunStatus> => handle.query<RunStatus>('status')
    return await client.withDeadline(Date.now() + ANSWER_MILLIS, ask)
  } catch (cause) {
    throw new CliError('no-worker', {
      message: `run "${handle.workflowId}" does not answer`,
      expected: 'a worker that answers for it',
      got: `none within ${ANSWER_MILLIS / 1000} s`,
      remedy: 'start one with `anneal dev` or `anneal worker`',
      cause,
    })
  }
}
