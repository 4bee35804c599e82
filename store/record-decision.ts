import { readApprovers, APPROVERS } from './approvers.ts'
import { requestOf, serviceChain, type ApprovalRequest } from './approval-request.ts'
import { CHOICES, closedKey, tallyOf, type Tally } from './approval-tally.ts'
import type { AuditLog } from './audit.ts'
import { judgeDecision, type RefusalReason, type Vote } from './judge-decision.ts'
import type { Signer, TrustedKeys } from './signing/dsse.ts'

export interface Recording {
  readonly service: string
  readonly nonce: string
  readonly keys: TrustedKeys
  readonly signer: Signer
}

export interface Submission extends Recording {
  readonly envelope: string
  /** Names the message that brought it: tried again, it is no replay. */
  readonly submission: string
}

export type DecisionAnswer =
  | { readonly accepted: true; readonly tally: Tally }
  | {
      readonly accepted: false
      readonly reason: RefusalReason | 'decided'
      readonly message: string
      readonly tally: Tally
    }

/**
 * Judges a decision and writes it down before it counts. Cut off anywhere, it may be called again with the same
 * submission. Racing ones of one person have one key, so that one is written; the tally says which.
 */
export async function recordDecision(log: AuditLog, given: Submission): Promise<DecisionAnswer> {
  const { envelope, submission, keys, signer } = given
  const request = await requestOf(log, given)
  const tally = await readTally(log, { request, keys })
  if (isCounted(tally, submission)) return { accepted: true, tally }
  const approvers = await readApprovers(log, keys)
  const nowMillis = Date.now()
  const judged = judgeDecision(envelope, { request, approvers, allowed: CHOICES, votes: tally.votes, nowMillis })
  if (!judged.accepted) return { ...judged, tally }
  if (tally.outcome !== 'open') return decided(tally)
  const { person } = judged.vote
  await log.append(
    serviceChain(request.service),
    {
      key: decidedKey(request, person),
      kind: 'decided',
      by: person,
      at: new Date(nowMillis).toISOString(),
      body: { nonce: request.nonce, envelope, approvers: approvers.head, submission },
    },
    signer,
  )
  return answerAfter(await readTally(log, { request, keys }), { submission, vote: judged.vote })
}

export async function readTally(
  log: AuditLog,
  { request, keys }: { readonly request: ApprovalRequest; readonly keys: TrustedKeys },
): Promise<Tally> {
  const chains = [serviceChain(request.service), APPROVERS] as const
  const [service, approvers] = await Promise.all(chains.map((chain) => log.entries(chain, keys)))
  return tallyOf(request, { service: service ?? [], approvers: approvers ?? [] })
}

/** Ends a request whose time is over; nothing after it counts. Answers what the request has come to. */
export async function closeRequest(log: AuditLog, given: Recording): Promise<Tally> {
  const { keys, signer } = given
  const request = await requestOf(log, given)
  const tally = await readTally(log, { request, keys })
  if (tally.outcome !== 'open' || Date.parse(request.expiresAt) > Date.now()) return tally
  const body = { nonce: request.nonce, expiresAt: request.expiresAt }
  const by = request.run.workflowId
  await log.append(serviceChain(request.service), { key: closedKey(request), kind: 'closed', by, body }, signer)
  return readTally(log, { request, keys })
}

function decidedKey({ nonce }: ApprovalRequest, person: string): string {
  return `decided:${nonce}:${person}`
}

function isCounted({ votes }: Tally, submission: string): boolean {
  return votes.some((vote) => vote.submission === submission)
}

/** Another decision, or the close, may have been written between judging and writing. */
function answerAfter(tally: Tally, { submission, vote }: { submission: string; vote: Vote }): DecisionAnswer {
  if (isCounted(tally, submission)) return { accepted: true, tally }
  const own = tally.votes.find(({ person }) => person === vote.person)
  if (own === undefined) return tally.outcome === 'open' ? overtaken(tally, vote) : decided(tally)
  const reason = own.signed === vote.signed ? 'replayed' : 'second-vote'
  return { accepted: false, reason, message: `decision: expected one vote each, got two by "${vote.person}"`, tally }
}

/** Where roles sign in order: another of the same role was first. */
function overtaken(tally: Tally, { person, roles }: Vote): DecisionAnswer {
  const message = `decision: expected one approval for "${roles.join(', ')}", got another one by "${person}"`
  return { accepted: false, reason: 'not-your-turn', message, tally }
}

function decided(tally: Tally): DecisionAnswer {
  const message = `decision: expected an open request, got one that is ${tally.outcome}`
  return { accepted: false, reason: 'decided', message, tally }
}
