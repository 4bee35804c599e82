import type { Client } from '@temporalio/client'
import type { RunStatus } from '../../workflows/run-status.ts'
import { askWorkflow, noAnswer } from './ask-workflow.ts'
import type { RunHandle } from './start-run.ts'

/** What a run says of itself. Throws `no-worker`. */
export async function askStatus(client: Client, handle: RunHandle): Promise<RunStatus> {
  try {
    return await askWorkflow(client, () => handle.query<RunStatus>('status'))
  } catch (cause) {
    const remedy = 'start one with `anneal dev` or `anneal worker`'
    throw noAnswer(`run "${handle.workflowId}"`, { remedy, cause })
  }
}
