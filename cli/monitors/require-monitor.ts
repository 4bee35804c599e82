import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client'
import type { monitor } from '../../workflows/monitor.ts'
import { CliError } from '../errors.ts'

/** Throws `no-monitor` where none goes on. */
export async function requireMonitor(handle: WorkflowHandle<typeof monitor>, service: string): Promise<void> {
  const status = await statusOf(handle)
  if (status === 'RUNNING') return
  throw new CliError('no-monitor', {
    message: `nobody looks after service "${service}"`,
    expected: `workflow "${handle.workflowId}" to go on`,
    got: status === undefined ? 'none' : status.toLowerCase(),
    remedy:
      status === undefined
        ? 'declare `monitor` in its pipeline and run it; services are listed by `anneal services`'
        : `have it go on with \`anneal watch ${service}\``,
  })
}

async function statusOf(handle: WorkflowHandle<typeof monitor>): Promise<string | undefined> {
  try {
    return (await handle.describe()).status.name
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}
