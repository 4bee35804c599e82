import { userInfo } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { monitorIdOf } from '../../activities/monitor/monitored.ts'
import { findRetrain, type Retrain } from '../../activities/monitor/retrains.ts'
import { loadSettings } from '../../config/settings.ts'
import { audit } from '../../store/audit.ts'
import { openStore } from '../../store/open-store.ts'
import { trusted } from '../../store/signing/keys.ts'
import type { monitor } from '../../workflows/monitor.ts'
import { CliError } from '../errors.ts'
import { manualCause } from '../run/run-id.ts'
import { connectClient } from '../run/temporal-client.ts'
import { requireMonitor } from './require-monitor.ts'

export interface RetrainFlags {
  readonly reason: string
  readonly as?: string
  readonly json?: boolean
}

const PATIENCE_MILLIS = 30_000
const LOOK_MILLIS = 200
const MOST_REASON = 1000

/**
 * `anneal retrain SERVICE`: asks the service's monitor for a retrain, and tells what it decided. Answers the exit code: 1
 * where it declined. Throws `usage`, `no-monitor`, `no-worker`.
 */
export async function retrainCommand(service: string, { reason, as, json }: RetrainFlags): Promise<number> {
  refuseUnfit(reason)
  const settings = loadSettings()
  const reader = { audit: audit(openStore(settings.store).objects), keys: await trusted(settings.keys) }
  const client = await connectClient(settings)
  try {
    const handle = client.workflow.getHandle<typeof monitor>(monitorIdOf(service))
    await requireMonitor(handle, service)
    const asked = { id: manualCause(new Date()), reason, by: as ?? userInfo().username, cause: 'person' as const }
    await handle.signal('retrain', asked)
    const decided = await decision(handle, () => findRetrain(reader, { service, ...asked }))
    process.stdout.write(json === true ? `${JSON.stringify({ service, ...decided })}\n` : told(service, decided))
    return decided.state === 'ordered' ? 0 : 1
  } finally {
    await client.connection.close()
  }
}

function refuseUnfit(reason: string): void {
  if (reason.trim() !== '' && reason.length <= MOST_REASON) return
  throw new CliError('usage', {
    message: '--reason does not say why',
    expected: `1 to ${MOST_REASON} characters`,
    got: `${reason.trim() === '' ? 0 : reason.length}`,
    remedy: 'say in a sentence why the model is to be trained anew; it is kept in the audit chain',
  })
}

async function decision(
  handle: WorkflowHandle<typeof monitor>,
  find: () => Promise<Retrain | undefined>,
): Promise<Retrain> {
  const given = performance.now() + PATIENCE_MILLIS
  while (performance.now() < given) {
    const found = await find()
    if (found !== undefined) return found
    await pause(LOOK_MILLIS)
  }
  throw new CliError('no-worker', {
    message: `monitor "${handle.workflowId}" has not decided`,
    expected: `a decision within ${PATIENCE_MILLIS / 1000} s`,
    got: 'none; it is decided as soon as a worker gets to it',
    remedy: 'start a worker with `anneal dev`, then see `anneal audit list service:…`',
  })
}

function told(service: string, retrain: Retrain): string {
  if (retrain.state === 'declined') return `${service}: declined: ${retrain.because}\n`
  return `${service}: ordered ${retrain.run}\nfollow it with \`anneal status ${retrain.run}\`\n`
}
