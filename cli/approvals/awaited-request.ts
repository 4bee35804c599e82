import type { Client } from '@temporalio/client'
import { requestOf, type ApprovalRequest } from '../../store/approval-request.ts'
import type { Tally } from '../../store/approval-tally.ts'
import { readTally } from '../../store/record-decision.ts'
import { CliError } from '../errors.ts'
import { askStatus } from '../run/ask-status.ts'
import { requireRun } from '../run/require-run.ts'
import type { RunHandle } from '../run/start-run.ts'
import type { AuditStore } from './audit-store.ts'

/** What a run waits for, as it stands in the audit chain: what the run itself says is signed by nobody. */
export interface AwaitedRequest {
  readonly handle: RunHandle
  readonly request: ApprovalRequest
  readonly tally: Tally
}

/** Throws `run-unknown`, `not-awaiting`, `no-worker`, and StoreError's codes. */
export async function awaitedRequest(client: Client, run: string, store: AuditStore): Promise<AwaitedRequest> {
  const { handle, info } = await requireRun(client, run)
  if (info.status.name !== 'RUNNING') throw notAwaiting(run, `one that is ${info.status.name.toLowerCase()}`)
  const [asked] = (await askStatus(client, handle)).approvals
  if (asked === undefined) throw notAwaiting(run, 'one that does not wait for any')
  const { service, nonce } = asked
  const request = await requestOf(store.log, { service, nonce, keys: store.keys })
  if (request.run.workflowId !== run) throw notAwaiting(run, `a request of ${request.run.workflowId}`)
  return { handle, request, tally: await readTally(store.log, { request, keys: store.keys }) }
}

function notAwaiting(run: string, got: string): CliError {
  return new CliError('not-awaiting', {
    message: `run "${run}" does not wait for approval`,
    expected: 'a run that waits for approval',
    got,
    remedy: `see where it is with \`anneal status ${run}\``,
  })
}
