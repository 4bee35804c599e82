import { monitorIdOf, newestPolicy } from '../../activities/monitor/monitored.ts'
import { loadSettings } from '../../config/settings.ts'
import { audit } from '../../store/audit.ts'
import { openStore } from '../../store/open-store.ts'
import { trusted } from '../../store/signing/keys.ts'
import type { monitor } from '../../workflows/monitor.ts'
import { CliError } from '../errors.ts'
import { connectClient } from '../run/temporal-client.ts'

export interface WatchFlags {
  readonly json?: boolean
}

/**
 * `anneal watch SERVICE`: has the service's monitor go on where its windows end, by the policy of the run that put a monitor
 * to it last. One that goes on is told the same, and is otherwise left alone. Throws `no-monitor`.
 */
export async function watchCommand(service: string, { json }: WatchFlags): Promise<void> {
  const settings = loadSettings()
  const keys = await trusted(settings.keys)
  const policy = await newestPolicy(audit(openStore(settings.store).objects), { service, keys })
  if (policy === undefined) throw neverMonitored(service)
  const client = await connectClient(settings)
  try {
    const workflowId = monitorIdOf(service)
    await client.workflow.signalWithStart<typeof monitor, [unknown]>('monitor', {
      workflowId,
      taskQueue: settings.queue,
      args: [{ policy }],
      signal: 'policy',
      signalArgs: [policy],
      staticSummary: workflowId,
    })
    process.stdout.write(json === true ? `${JSON.stringify({ service, monitor: workflowId })}\n` : `${workflowId}\n`)
  } finally {
    await client.connection.close()
  }
}

function neverMonitored(service: string): CliError {
  return new CliError('no-monitor', {
    message: `service "${service}" has never had a monitor`,
    expected: 'a run whose pipeline declares `monitor`',
    got: 'none',
    remedy: 'declare it in the pipeline of the service and run it',
  })
}
