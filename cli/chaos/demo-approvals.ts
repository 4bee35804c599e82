import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import type { Decided } from '../../activities/decide.ts'
import { sealDecision } from '../../store/decisions.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { auditStore } from '../approvals/audit-store.ts'
import { awaitedRequest } from '../approvals/awaited-request.ts'
import { decisionOn } from '../approvals/decision-on.ts'
import { enrolledPerson } from '../approvals/enrolled-person.ts'
import { sendDecision } from '../approvals/send-decision.ts'
import type { DemoPerson } from '../start/people.ts'
import type { Place } from './place.ts'

export interface Signing {
  readonly client: Client
  readonly run: string
  readonly place: Place
  /** In the order in which they sign. */
  readonly approvers: readonly DemoPerson[]
  readonly ended: AbortSignal
}

const POLL_MILLIS = 100
const HOUR_MILLIS = 3_600_000

/** Has demonstration's approvers sign what the run asks for, whatever dies meanwhile, until it ends. */
export async function signAsAsked(signing: Signing): Promise<void> {
  for (const approver of signing.approvers) await sign(approver, signing)
}

/** The same envelope until it is taken: sent again it is the same vote. */
async function sign({ person }: DemoPerson, { client, run, place, ended }: Signing): Promise<void> {
  let send: (() => Promise<Decided>) | undefined
  while (!ended.aborted) {
    try {
      send ??= await sealed(person, { client, run, place })
      if ((await send?.())?.accepted === true) return
    } catch {
      // The server or the worker is dead at the moment, or the run has gone on in between.
    }
    await pause(POLL_MILLIS)
  }
}

/** `undefined` while the run asks for nothing. */
async function sealed(
  person: string,
  { client, run, place }: Pick<Signing, 'client' | 'run' | 'place'>,
): Promise<(() => Promise<Decided>) | undefined> {
  const { approvals } = await client.workflow.getHandle(run).query<RunStatus>('status')
  if (approvals.length === 0) return undefined
  const store = await auditStore(place.settings)
  const { handle, request } = await awaitedRequest(client, run, store)
  const { signer } = await enrolledPerson(person, { settings: place.settings, store })
  const expires = HOUR_MILLIS
  const decision = decisionOn(request, { decision: 'approve', person, comment: 'unattended demonstration', expires })
  const envelope = sealDecision(decision, signer)
  return () => sendDecision(handle, envelope)
}
