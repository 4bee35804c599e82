import { type Client, WorkflowNotFoundError, type WorkflowExecutionDescription } from '@temporalio/client'
import { CliError } from '../errors.ts'
import type { runPipeline } from '../../workflows/run-pipeline.ts'
import type { RunHandle } from './start-run.ts'

export interface KnownRun {
  readonly handle: RunHandle
  readonly info: WorkflowExecutionDescription
}

/** A run of this server by its id. Throws `run-unknown`. */
export async function requireRun(client: Client, run: string): Promise<KnownRun> {
  const handle = client.workflow.getHandle<typeof runPipeline>(run)
  try {
    return { handle, info: await handle.describe() }
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? runUnknown(run, client) : error
  }
}

function runUnknown(run: string, { options }: Client): CliError {
  return new CliError('run-unknown', {
    message: `run "${run}" is not known in namespace "${options.namespace}"`,
    expected: 'the id of a run, such as "run:forecast:20260101T000000-0a1b2c"',
    got: `"${run}"`,
    remedy: 'list the latest runs with `anneal status`',
  })
}
