import type { Digest } from '../dsl/plan.ts'
import type { Approver, Approvers } from './approvers.ts'
import { sha256Of } from './artifacts.ts'
import { MOST_DECISION_BYTES, openDecision, type Decision, type OpenedDecision } from './decisions.ts'
import { nameOf } from './model-version.ts'
import { isSignedBy } from './signing/dsse.ts'

/** What signed decisions are asked for, as the run wrote it down. */
export interface DecisionRequest extends Pick<
  Decision,
  'service' | 'model' | 'version' | 'rootDigest' | 'plan' | 'evidence' | 'stage' | 'run' | 'nonce'
> {
  /** Whose decisions count. */
  readonly roles: readonly string[]
  readonly commentRequired: boolean
  /** `role-in-order`: an approval is for the first role that has none. Default: in any order. */
  readonly separation?: 'person' | 'role' | 'role-in-order'
  /** Who ordered the run, and so may not decide on it; null where nobody signed the order. */
  readonly author: string | null
  /** Wall time; null: never. */
  readonly expiresAt: string | null
  /** Keys of a demonstration count. */
  readonly demo?: true
}

/** Why a decision does not count. */
export type RefusalReason =
  | 'malformed'
  | 'not-enrolled'
  | 'forged'
  | 'revoked'
  | 'demo-key'
  | 'wrong-person'
  | 'wrong-decision'
  | 'wrong-service'
  | 'wrong-model'
  | 'wrong-plan'
  | 'wrong-evidence'
  | 'wrong-stage'
  | 'wrong-run'
  | 'wrong-nonce'
  | 'issued-in-future'
  | 'expired'
  | 'request-expired'
  | 'by-author'
  | 'wrong-role'
  | 'not-your-turn'
  | 'comment-missing'
  | 'replayed'
  | 'second-vote'

export type Judgement =
  | { readonly accepted: true; readonly vote: Vote }
  | { readonly accepted: false; readonly reason: RefusalReason; readonly message: string }

/** A decision that counts. */
export interface Vote extends Pick<Decision, 'decision' | 'person' | 'comment' | 'nonce' | 'issuedAt'> {
  readonly keyId: string
  /** Of the request's roles, those that the person has. */
  readonly roles: readonly string[]
  /** SHA-256 of what was signed: a replay has the same one, whatever its signature. */
  readonly signed: Digest
}

export interface JudgeOptions {
  readonly request: DecisionRequest
  readonly approvers: Approvers
  /** The decisions that the stage knows. */
  readonly allowed: readonly Decision['decision'][]
  /** Those of the request that count already. */
  readonly votes: readonly Pick<Vote, 'person' | 'signed'>[]
  readonly nowMillis: number
}

/** Whether an envelope counts as a decision on this request at this moment, and if not, why. Writes nothing. */
export function judgeDecision(envelope: string, options: JudgeOptions): Judgement {
  if (Buffer.byteLength(envelope) > MOST_DECISION_BYTES) {
    return refused('malformed', { expected: `at most ${MOST_DECISION_BYTES} bytes`, got: 'more' })
  }
  const opened = openDecision(envelope)
  if ('fault' in opened) return refused('malformed', opened.fault)
  const { decision, keyId } = opened.value
  const approver = options.approvers.byKeyId.get(keyId)
  if (approver === undefined) return refused('not-enrolled', { expected: 'an enrolled key', got: keyId.slice(0, 16) })
  const fault =
    signerFault(opened.value, approver) ?? demoFault(approver, options) ?? contentFault(decision, approver, options)
  if (fault !== undefined) return fault
  const signed = sha256Of(opened.value.payload)
  const twice = secondFault(decision, { signed, votes: options.votes })
  if (twice !== undefined) return twice
  const turn = turnOf(decision, options)
  if (turn !== undefined && !approver.roles.includes(turn)) return outOfTurn(turn, approver)
  const { person, comment, nonce, issuedAt } = decision
  const roles = turn === undefined ? options.request.roles.filter((role) => approver.roles.includes(role)) : [turn]
  return {
    accepted: true,
    vote: { decision: decision.decision, person, comment, nonce, issuedAt, keyId, roles, signed },
  }
}

type Refused = Extract<Judgement, { accepted: false }>

interface Difference {
  readonly expected: string
  readonly got: string
}

function refused(reason: RefusalReason, { expected, got }: Difference): Refused {
  return { accepted: false, reason, message: `decision: expected ${expected}, got ${got}` }
}

function signerFault({ decision, keyId, payload, signature }: OpenedDecision, approver: Approver): Refused | undefined {
  const key = keyId.slice(0, 16)
  if (!isSignedBy(approver.publicKey, { payload, signature })) {
    return refused('forged', { expected: `a signature by key ${key}`, got: 'one that does not match' })
  }
  if (approver.revoked !== undefined) {
    return refused('revoked', { expected: 'a key that is not revoked', got: `${key}, revoked ${approver.revoked.at}` })
  }
  if (decision.person === approver.person) return undefined
  return refused('wrong-person', { expected: `"${approver.person}", whose key it is`, got: `"${decision.person}"` })
}

/** Its private key lies where anybody at the machine may read it. */
function demoFault({ demo, keyId }: Approver, { request }: JudgeOptions): Refused | undefined {
  if (demo === undefined || request.demo === true) return undefined
  return refused('demo-key', {
    expected: 'a key that counts outside `anneal dev`',
    got: `${keyId.slice(0, 16)}, a demonstration's`,
  })
}

function contentFault(decision: Decision, approver: Approver, options: JudgeOptions): Refused | undefined {
  const { request, allowed } = options
  if (!allowed.includes(decision.decision)) {
    return refused('wrong-decision', { expected: allowed.join(' or '), got: decision.decision })
  }
  return subjectFault(decision, request) ?? timeFault(decision, options) ?? personFault(decision, approver, request)
}

const SUBJECT = [
  ['wrong-service', ({ service }) => service],
  ['wrong-model', ({ model, version, rootDigest }) => `${nameOf({ model, version })} ${rootDigest}`],
  ['wrong-plan', ({ plan }) => plan],
  ['wrong-evidence', ({ evidence }) => evidence],
  ['wrong-stage', ({ stage }) => stage],
  ['wrong-run', ({ run }) => `${run.workflowId} ${run.firstRunId}`],
  ['wrong-nonce', ({ nonce }) => nonce],
] as const satisfies readonly (readonly [RefusalReason, (subject: DecisionRequest | Decision) => string])[]

function subjectFault(decision: Decision, request: DecisionRequest): Refused | undefined {
  for (const [reason, of] of SUBJECT) {
    const [expected, got] = [of(request), of(decision)]
    if (expected !== got) return refused(reason, { expected, got })
  }
  return undefined
}

/** Clocks of two machines may differ so much. */
const SKEW_MILLIS = 60_000

function timeFault(decision: Decision, { request, nowMillis }: JudgeOptions): Refused | undefined {
  const now = new Date(nowMillis).toISOString()
  if (Date.parse(decision.issuedAt) > nowMillis + SKEW_MILLIS) {
    return refused('issued-in-future', { expected: `one issued by ${now}`, got: decision.issuedAt })
  }
  if (Date.parse(decision.expiresAt) <= nowMillis) {
    return refused('expired', { expected: `one that holds at ${now}`, got: `one that expired ${decision.expiresAt}` })
  }
  if (request.expiresAt === null || Date.parse(request.expiresAt) > nowMillis) return undefined
  return refused('request-expired', { expected: `one before ${request.expiresAt}`, got: now })
}

function personFault({ person, comment }: Decision, approver: Approver, request: DecisionRequest): Refused | undefined {
  if (person === request.author) {
    return refused('by-author', { expected: 'somebody else than who ordered the run', got: `"${person}"` })
  }
  if (!approver.roles.some((role) => request.roles.includes(role))) {
    return refused('wrong-role', { expected: request.roles.join(' or '), got: approver.roles.join(', ') })
  }
  if (!request.commentRequired || comment.trim() !== '') return undefined
  return refused('comment-missing', { expected: 'a comment that says why', got: 'none' })
}

/** Whose approval comes next where roles sign in order. A rejection needs no turn. */
function turnOf({ decision }: Decision, { request, votes }: JudgeOptions): string | undefined {
  // Votes that count are approvals as long as there is anything to decide.
  return request.separation === 'role-in-order' && decision === 'approve' ? request.roles[votes.length] : undefined
}

function outOfTurn(turn: string, { roles }: Approver): Refused {
  return refused('not-your-turn', { expected: `an approval for "${turn}" first`, got: `one for ${roles.join(', ')}` })
}

function secondFault(
  { person }: Decision,
  { signed, votes }: Pick<Vote, 'signed'> & Pick<JudgeOptions, 'votes'>,
): Refused | undefined {
  if (votes.some((vote) => vote.signed === signed)) {
    return refused('replayed', { expected: 'a decision that was not sent before', got: 'one that counts already' })
  }
  if (!votes.some((vote) => vote.person === person)) return undefined
  return refused('second-vote', { expected: 'one vote each', got: `another one by "${person}"` })
}
