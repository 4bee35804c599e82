import {
  type Client,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import type { Decided } from '../../activities/canary/requests.ts'
import { loadSettings } from '../../config/settings.ts'
import { sha256Of } from '../../store/artifacts.ts'
import { sealDecision } from '../../store/decisions.ts'
import type { DecisionRequest } from '../../store/judge-decision.ts'
import { openStore } from '../../store/open-store.ts'
import type { CanaryStatus } from '../../workflows/canary-view.ts'
import type { canary } from '../../workflows/canary.ts'
import { enrolledPerson } from '../approvals/enrolled-person.ts'
import { decisionRefused } from '../approvals/send-decision.ts'
import { CliError } from '../errors.ts'
import { askWorkflow, noAnswer } from '../run/ask-workflow.ts'
import { connectClient } from '../run/temporal-client.ts'

export interface DecideTrafficFlags {
  readonly as: string
  readonly key?: string
  readonly comment?: string
  readonly print?: boolean
  readonly json?: boolean
}

type Kind = 'promote' | 'abort'

const EXPIRES_MILLIS = 10 * 60_000

/**
 * `anneal promote SERVICE`, `anneal abort SERVICE`: signs the decision and sends it to the service's canary. Answers the
 * exit code. Throws `no-canary`, `not-enrolled`, `decision-refused`, `no-worker`.
 */
export async function decideTrafficCommand(
  service: string,
  { decision, ...flags }: DecideTrafficFlags & { readonly decision: Kind },
): Promise<number> {
  const settings = loadSettings()
  const store = openStore(settings.store)
  const client = await connectClient(settings)
  try {
    const handle = client.workflow.getHandle<typeof canary>(`canary:${service}`)
    const request = await requestOf(client, { handle, service })
    const { person, signer } = await enrolledPerson(flags.as, { settings, store, key: flags.key })
    const envelope = sealDecision(decisionOf(request, { decision, person, comment: flags.comment ?? '' }), signer)
    if (flags.print === true) return write(envelope)
    const answer = await send(handle, { decision, envelope })
    if (!answer.accepted) throw decisionRefused(answer.reason, answer.message)
    if (flags.json === true) return write(JSON.stringify(answer))
    return write(decision === 'promote' ? 'counted: all traffic goes to the candidate' : 'counted: traffic goes back')
  } finally {
    await client.connection.close()
  }
}

interface Asked {
  readonly handle: WorkflowHandle<typeof canary>
  readonly service: string
}

/** What the canary waits to be told: it says so itself, and judges what it is sent by the same. */
async function requestOf(client: Client, { handle, service }: Asked): Promise<DecisionRequest> {
  const status = await statusOf(client, handle)
  if (status !== undefined && status.phase !== 'over' && status.decision !== null) return status.decision
  throw new CliError('no-canary', {
    message: `no canary moves the traffic of "${service}"`,
    expected: 'a service whose traffic is being moved',
    got: status === undefined ? 'none' : status.phase,
    remedy: 'see what it answers by with `anneal services`',
  })
}

async function statusOf(client: Client, handle: Asked['handle']): Promise<CanaryStatus | undefined> {
  try {
    if ((await handle.describe()).status.name !== 'RUNNING') return undefined
    return await askWorkflow(client, () => handle.query<CanaryStatus>('status'))
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError) return undefined
    if (!(cause instanceof ServiceError)) throw cause
    const remedy = 'start one with `anneal dev`; `anneal rollback` needs none'
    throw noAnswer(`canary "${handle.workflowId}"`, { remedy, cause })
  }
}

function decisionOf(
  request: DecisionRequest,
  said: { readonly decision: Kind; readonly person: string; readonly comment: string },
) {
  const { roles: _, commentRequired: __, author: ___, expiresAt: ____, ...subject } = request
  const now = Date.now()
  const [issuedAt, expiresAt] = [now, now + EXPIRES_MILLIS].map((millis) => new Date(millis).toISOString())
  return { ...subject, ...said, issuedAt: issuedAt ?? '', expiresAt: expiresAt ?? '' }
}

interface Sending {
  readonly decision: Kind
  readonly envelope: string
}

/** As an object, so that histories show its parts. Sent again it is the same update. */
async function send(handle: Asked['handle'], { decision, envelope }: Sending): Promise<Decided> {
  const options = { args: [JSON.parse(envelope)] as [unknown], updateId: sha256Of(envelope) }
  try {
    return await handle.executeUpdate<Decided, [unknown]>(decision, options)
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error
    const { cause } = error
    throw decisionRefused(cause instanceof ApplicationFailure ? cause.type : undefined, cause?.message ?? error.message)
  }
}

function write(line: string): 0 {
  process.stdout.write(`${line}\n`)
  return 0
}
