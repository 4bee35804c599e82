import { expect, test } from 'vitest'
import { canonicalJson } from '../../dsl/digest.ts'
import type { ApprovalRequest } from '../../store/approval-request.ts'
import type { Approver, Approvers } from '../../store/approvers.ts'
import { sha256Of } from '../../store/artifacts.ts'
import { sealDecision, type Decision } from '../../store/decisions.ts'
import { judgeDecision, type JudgeOptions, type RefusalReason } from '../../store/judge-decision.ts'
import type { Signer } from '../../store/signing/dsse.ts'
import { aDecision, aRequest, NOW_MILLIS } from './a-request.ts'
import { aSigner } from './a-registration.ts'

const signers = { ann: aSigner(), bob: aSigner(), cleo: aSigner(), dan: aSigner(), eve: aSigner(), gone: aSigner() }
type Person = keyof typeof signers

function approver(person: Person, roles: readonly string[], more: Partial<Approver> = {}): readonly [string, Approver] {
  const { keyId, publicKey } = signers[person]
  return [keyId, { person, keyId, publicKey, roles, enrolledAt: '2026-01-01T00:00:00.000Z', ...more }]
}

/** `eve` is not enrolled. */
const approvers: Approvers = {
  head: 5,
  byKeyId: new Map([
    approver('ann', ['risk']),
    approver('bob', ['risk', 'reader']),
    approver('cleo', ['owner']),
    approver('dan', ['reader']),
    approver('gone', ['risk'], { revoked: { at: '2026-01-01T11:00:00.000Z', reason: 'left' } }),
  ]),
}

function judge(envelope: string, options: Partial<JudgeOptions> = {}): string {
  const judged = judgeDecision(envelope, {
    request: aRequest(),
    approvers,
    allowed: ['approve', 'reject'],
    votes: [],
    nowMillis: NOW_MILLIS,
    ...options,
  })
  return judged.accepted ? 'accepted' : judged.reason
}

function sealed(person: Person, changes: Partial<Decision> = {}, signer: Signer = signers[person]): string {
  return sealDecision(aDecision(aRequest(), person, changes), signer)
}

test('a decision by an enrolled person of the role, on this very request, counts', () => {
  const judged = judgeDecision(sealed('bob', { comment: 'looks right' }), {
    request: aRequest(),
    approvers,
    allowed: ['approve', 'reject'],
    votes: [],
    nowMillis: NOW_MILLIS,
  })
  expect(judged).toMatchObject({ accepted: true, vote: { person: 'bob', roles: ['risk'], comment: 'looks right' } })
  expect(judge(sealed('cleo', { decision: 'reject' }))).toBe('accepted')
})

test('where roles sign in order, an approval is for the first that has none, and a rejection comes at any time', () => {
  const request = aRequest({ roles: ['owner', 'risk'], separation: 'role-in-order' })
  const first = [{ person: 'cleo', signed: other }]
  expect(judge(sealed('bob'), { request })).toBe('not-your-turn')
  expect(judge(sealed('bob', { decision: 'reject' }), { request })).toBe('accepted')
  expect(judge(sealed('cleo'), { request })).toBe('accepted')
  expect(judge(sealed('bob'), { request, votes: first })).toBe('accepted')
  expect(judge(sealed('cleo'), { request, votes: first })).toBe('second-vote')
})

const other = sha256Of('other')

const changed: readonly (readonly [RefusalReason, Partial<Decision>])[] = [
  ['wrong-service', { service: 'arrivals' }],
  ['wrong-model', { model: 'arrival' }],
  ['wrong-model', { version: 4 }],
  ['wrong-model', { rootDigest: other }],
  ['wrong-plan', { plan: other }],
  ['wrong-evidence', { evidence: other }],
  ['wrong-stage', { stage: 'canary' }],
  ['wrong-run', { run: { workflowId: 'run:flights:2', firstRunId: '0a1b' } }],
  ['wrong-run', { run: { workflowId: 'run:flights:1', firstRunId: '0a1c' } }],
  ['wrong-nonce', { nonce: other }],
  ['wrong-decision', { decision: 'promote' }],
  ['wrong-person', { person: 'cleo' }],
  ['expired', { expiresAt: '2026-01-01T12:00:00.000Z' }],
  ['issued-in-future', { issuedAt: '2026-01-01T12:01:01.000Z' }],
]

test.each(changed)('%s: a decision rightly signed for something else is refused (%o)', (reason, changes) => {
  expect(judge(sealed('bob', changes))).toBe(reason)
})

const persons: readonly (readonly [RefusalReason, Person])[] = [
  ['by-author', 'ann'],
  ['wrong-role', 'dan'],
  ['not-enrolled', 'eve'],
  ['revoked', 'gone'],
]

test.each(persons)('%s: a decision by %s is refused', (reason, person) => {
  expect(judge(sealed(person))).toBe(reason)
})

test('the author is known by person, whichever of their keys signs', () => {
  const [keyId, second] = approver('eve', ['risk'])
  const both = { head: 6, byKeyId: new Map([...approvers.byKeyId, [keyId, { ...second, person: 'ann' }]]) }
  expect(judge(sealed('ann', {}, signers.eve), { approvers: both })).toBe('by-author')
})

test("a demonstration's key counts where the request says so, and nowhere else", () => {
  const [keyId, demo] = approver('eve', ['risk'], { demo: true })
  const among = { approvers: { head: 6, byKeyId: new Map([[keyId, demo]]) } }
  expect(judge(sealed('eve'), among)).toBe('demo-key')
  expect(judge(sealed('eve'), { ...among, request: aRequest({ demo: true }) })).toBe('accepted')
})

test('a request whose time is over takes no decision', () => {
  const request = aRequest({ expiresAt: '2026-01-01T12:00:00.000Z' })
  expect(judge(sealed('bob'), { request })).toBe('request-expired')
})

test('where a comment is asked for, one of spaces is none', () => {
  const request = aRequest({ commentRequired: true })
  expect(judge(sealed('bob', { comment: '  ' }), { request })).toBe('comment-missing')
  expect(judge(sealed('bob', { comment: 'yes' }), { request })).toBe('accepted')
})

test('the same decision again is a replay, also under another signature of the same key', () => {
  const decision = aDecision(aRequest(), 'bob')
  const first = judgeDecision(sealDecision(decision, signers.bob), {
    request: aRequest(),
    approvers,
    allowed: ['approve'],
    votes: [],
    nowMillis: NOW_MILLIS,
  })
  if (!first.accepted) throw new Error(first.reason)
  const votes = [first.vote]
  expect(judge(sealDecision(decision, signers.bob), { votes })).toBe('replayed')
  expect(judge(sealed('bob', { comment: 'once more' }), { votes })).toBe('second-vote')
  expect(judge(sealed('bob', { decision: 'reject' }), { votes })).toBe('second-vote')
  expect(judge(sealed('cleo'), { votes })).toBe('accepted')
})

test('what another key has signed in the name of an enrolled one is forged', () => {
  const forged = { ...signers.eve, keyId: signers.bob.keyId }
  expect(judge(sealed('bob', {}, forged))).toBe('forged')
})

test('no bit of an envelope can be changed', () => {
  const envelope = Buffer.from(sealed('bob'))
  const accepted = Array.from({ length: envelope.length * 8 }, (_, bit) => {
    const copy = Buffer.from(envelope)
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    return judge(copy.toString('utf8'))
  }).filter((reason) => reason === 'accepted')
  expect(accepted).toEqual([])
})

interface Statement {
  readonly predicate: Record<string, unknown>
  readonly subject: readonly unknown[]
  readonly predicateType: string
}

/** The envelope with its statement edited and its signature kept. */
function edited(envelope: string, edit: (statement: Statement) => object): string {
  const { payload, ...rest } = JSON.parse(envelope) as { readonly payload: string }
  const statement = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Statement
  return canonicalJson({ payload: Buffer.from(canonicalJson(edit(statement))).toString('base64'), ...rest })
}

test.each(Object.keys(aDecision(aRequest(), 'bob')))('the field %s cannot be altered, nor left out', (field) => {
  const whole = sealed('bob')
  const altered = edited(whole, ({ predicate, ...rest }) => {
    const value = predicate[field]
    const next = typeof value === 'number' ? value + 1 : typeof value === 'string' ? alike(field, value) : { a: 1 }
    return { ...rest, predicate: { ...predicate, [field]: next } }
  })
  expect(['forged', 'malformed']).toContain(judge(altered))
  const without = edited(whole, ({ predicate, ...rest }) => {
    return { ...rest, predicate: Object.fromEntries(Object.entries(predicate).filter(([name]) => name !== field)) }
  })
  expect(judge(without)).toBe('malformed')
})

/** Another value of the same form. */
function alike(field: string, value: string): string {
  if (field === 'decision') return 'reject'
  if (field.endsWith('At')) return '2026-01-01T12:00:01.000Z'
  return /^[0-9a-f]{64}$/.test(value) ? other : `${value}x`
}

const malformed: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['no JSON', 'approve'],
  ['no envelope', '{}'],
  ['null', 'null'],
  ['spaces around it', ` ${sealed('bob')}`],
  ['a key twice', sealed('bob').replace('{', '{"payload":"e30=",')],
  ['two signatures', sealed('bob').replace(/\[(\{.*\})\]/, '[$1,$1]')],
  ['no signature', sealed('bob').replace(/\[\{.*\}\]/, '[]')],
  ['more than 16 KiB', sealed('bob').padEnd(17_000)],
  ['another type', sealed('bob').replace('in-toto', 'other')],
]

test.each(malformed)('%s is malformed', (_, envelope) => {
  expect(judge(envelope)).toBe('malformed')
})

test('the order of another request of the same model is another nonce', () => {
  const again: ApprovalRequest = aRequest({ nonce: other })
  expect(judge(sealed('bob'), { request: again })).toBe('wrong-nonce')
})
