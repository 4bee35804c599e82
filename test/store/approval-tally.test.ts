import { expect, test } from 'vitest'
import { makeRequest, type ApprovalRequest } from '../../store/approval-request.ts'
import { readApprovers, writeEnrolment, writeRevocation } from '../../store/approvers.ts'
import { audit, type AuditLog } from '../../store/audit.ts'
import { sealDecision, type Decision } from '../../store/decisions.ts'
import { folderStore } from '../../store/folder-store.ts'
import { closeRequest, readTally, recordDecision, type DecisionAnswer } from '../../store/record-decision.ts'
import type { Signer, TrustedKeys } from '../../store/signing/dsse.ts'
import { pemOf } from '../../store/signing/keys.ts'
import { withdrawRequest } from '../../store/withdraw-request.ts'
import { aSigner, keysOf } from './a-registration.ts'
import { aDecision, aRequest } from './a-request.ts'
import { temporaryFolder } from './temporary-folder.ts'

interface Office {
  readonly log: AuditLog
  readonly keys: TrustedKeys
  readonly signer: Signer
  readonly request: ApprovalRequest
  readonly enrol: (person: string, ...roles: readonly string[]) => Promise<Signer>
  readonly revoke: (person: string, key: Signer) => Promise<void>
  /** Each call is another message, unless it is named. */
  readonly vote: (person: string, options?: Voting) => Promise<DecisionAnswer>
}

interface Voting {
  readonly changes?: Partial<Decision>
  readonly submission?: string
  readonly key?: Signer
}

/** A store with an open request, and `ann`, who has ordered the run. */
async function anOffice(changes: Partial<ApprovalRequest> = {}, withinMillis = 600_000): Promise<Office> {
  const objects = folderStore(await temporaryFolder())
  const [log, signer] = [audit(objects), aSigner()]
  const keys = keysOf(signer)
  const { nonce: _, expiresAt: __, ...draft } = aRequest(changes)
  const request = await makeRequest(log, draft, { key: 'q', by: 'run', withinMillis, keys, signer })
  const own = new Map<string, Signer>()
  let sent = 0
  return {
    log,
    keys,
    signer,
    request,
    enrol: async (person, ...roles) => {
      const key = own.get(person) ?? aSigner()
      own.set(person, key)
      const { head } = await readApprovers(log, keys)
      const enrolment = { person, keyId: key.keyId, publicKey: pemOf(key.publicKey), roles: [...roles] }
      await writeEnrolment(log, enrolment, { signer, by: 'test', head })
      return key
    },
    revoke: async (person, { keyId }) => {
      await writeRevocation(log, { person, keyId, reason: 'left' }, { signer, by: 'test' })
    },
    vote: (person, { changes: more = {}, submission = `${(sent += 1)}`, key = own.get(person) ?? aSigner() } = {}) => {
      const [issuedAt, expiresAt] = [new Date().toISOString(), new Date(Date.now() + 60_000).toISOString()]
      const envelope = sealDecision(aDecision(request, person, { issuedAt, expiresAt, ...more }), key)
      return recordDecision(log, { service: request.service, nonce: request.nonce, keys, signer, envelope, submission })
    },
  }
}

test('a request asked for again is the request there is', async () => {
  const { log, keys, signer, request } = await anOffice()
  const { nonce: _, expiresAt: __, ...draft } = aRequest()
  const again = await makeRequest(log, draft, { key: 'q', by: 'run', withinMillis: 1, keys, signer })
  expect(again).toEqual(request)
})

test('two approvals make a quorum of two, and nothing after it counts', async () => {
  const office = await anOffice()
  await office.enrol('bob', 'risk')
  await office.enrol('cleo', 'owner')
  await office.enrol('dan', 'risk')
  expect(await office.vote('bob')).toMatchObject({ accepted: true, tally: { outcome: 'open', approvals: 1 } })
  expect(await office.vote('cleo')).toMatchObject({ accepted: true, tally: { outcome: 'approved', approvals: 2 } })
  const late = await office.vote('dan', { changes: { decision: 'reject' } })
  expect(late).toMatchObject({ accepted: false, reason: 'decided', tally: { outcome: 'approved' } })
})

test('a rejection wins over the approvals before it', async () => {
  const office = await anOffice()
  await office.enrol('bob', 'risk')
  await office.enrol('cleo', 'owner')
  await office.vote('bob')
  const { tally } = await office.vote('cleo', { changes: { decision: 'reject' } })
  expect(tally).toMatchObject({ outcome: 'rejected', approvals: 1 })
})

test('a withdrawal ends a request for good, and comes too late for one that is decided', async () => {
  const office = await anOffice({ quorum: 1 })
  await office.enrol('bob', 'risk')
  const withdrawal = { ...office, reason: 'another plan', plan: 'f'.repeat(64) }
  const again = await Promise.all([1, 2].map(() => withdrawRequest(office.log, office.request, withdrawal)))
  expect(again).toEqual(['withdrawn', 'withdrawn'])
  const late = await office.vote('bob')
  expect(late).toMatchObject({ accepted: false, reason: 'decided', tally: { outcome: 'withdrawn', votes: [] } })
  expect(late).toMatchObject({ message: 'decision: expected an open request, got one that is withdrawn' })
  const entries = await office.log.entries('service:flights', office.keys)
  expect(entries.map(({ entry }) => entry.kind)).toEqual(['requested', 'withdrawn'])
  const other = await anOffice({ quorum: 1 })
  await other.enrol('bob', 'risk')
  await other.vote('bob')
  expect(await withdrawRequest(other.log, other.request, { ...withdrawal, ...other })).toBe('approved')
})

test('the same message again is no replay, another one is', async () => {
  const office = await anOffice()
  const key = await office.enrol('bob', 'risk')
  const at = { issuedAt: new Date().toISOString(), expiresAt: new Date(Date.now() + 60_000).toISOString() }
  const options = { changes: at, key }
  expect(await office.vote('bob', { ...options, submission: 'a' })).toMatchObject({ accepted: true })
  expect(await office.vote('bob', { ...options, submission: 'a' })).toMatchObject({ accepted: true })
  expect(await office.vote('bob', { ...options, submission: 'b' })).toMatchObject({ reason: 'replayed' })
  expect((await readTally(office.log, office)).votes).toHaveLength(1)
})

test('of votes of one person that race one is written', async () => {
  const office = await anOffice()
  await office.enrol('bob', 'risk')
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, index) => office.vote('bob', { changes: { comment: `${index}` } })),
  )
  const entries = await office.log.entries('service:flights', office.keys)
  expect(entries.map(({ entry }) => entry.kind)).toEqual(['requested', 'decided'])
  expect(answers.filter(({ accepted }) => accepted)).toHaveLength(1)
  expect((await readTally(office.log, office)).votes).toHaveLength(1)
})

const roles: readonly (readonly [
  what: string,
  persons: readonly (readonly string[])[],
  outcome: string,
  approvals: number,
])[] = [
  ['two of one role are one', [['risk'], ['risk']], 'open', 1],
  ['two of two roles are two', [['risk'], ['owner']], 'approved', 2],
  ['who has both stands for the one that is missing', [['risk', 'owner'], ['risk']], 'approved', 2],
  ['three of one role stay one', [['risk'], ['risk'], ['risk']], 'open', 1],
]

test.each(roles)('with separation by role, %s', async (_, persons, outcome, approvals) => {
  const office = await anOffice({ separation: 'role' })
  for (const [index, own] of persons.entries()) {
    await office.enrol(`p${index}`, ...own)
    await office.vote(`p${index}`)
  }
  expect(await readTally(office.log, office)).toMatchObject({ outcome, approvals })
})

test('what was written before a key was revoked counts, and nothing after', async () => {
  const office = await anOffice()
  const key = await office.enrol('bob', 'risk')
  const other = await office.enrol('cleo', 'owner')
  await office.vote('bob')
  await office.revoke('bob', key)
  await office.revoke('cleo', other)
  expect(await office.vote('cleo')).toMatchObject({ accepted: false, reason: 'revoked' })
  expect(await readTally(office.log, office)).toMatchObject({ approvals: 1, votes: [{ person: 'bob' }] })
})

test('a decision that was put into the chain without counting is not counted there either', async () => {
  const office = await anOffice()
  await office.enrol('bob', 'risk')
  const [issuedAt, expiresAt] = [new Date().toISOString(), new Date(Date.now() + 60_000).toISOString()]
  const decision = aDecision(office.request, 'bob', { issuedAt, expiresAt })
  const body = {
    nonce: office.request.nonce,
    envelope: sealDecision(decision, aSigner()),
    approvers: 1,
    submission: 'x',
  }
  await office.log.append('service:flights', { key: 'x', kind: 'decided', by: 'bob', body }, office.signer)
  expect((await readTally(office.log, office)).votes).toEqual([])
})

test('a request is closed once its time is over, and not before', async () => {
  const [open, over] = [await anOffice(), await anOffice({}, -1)]
  for (const office of [open, over]) await office.enrol('bob', 'risk')
  expect(await close(open)).toBe('open')
  expect(await open.vote('bob')).toMatchObject({ accepted: true })
  expect(await close(over)).toBe('expired')
  expect(await over.vote('bob')).toMatchObject({ accepted: false })
})

async function close({ log, keys, signer, request }: Office): Promise<string> {
  return (await closeRequest(log, { service: request.service, nonce: request.nonce, keys, signer })).outcome
}

test('the votes on one request are none on the next', async () => {
  const office = await anOffice()
  await office.enrol('bob', 'risk')
  await office.vote('bob')
  const { log, keys, signer } = office
  const { nonce: _, expiresAt: __, ...draft } = aRequest({ evidence: 'e'.repeat(64) })
  const next = await makeRequest(log, draft, { key: 'q2', by: 'run', withinMillis: 1000, keys, signer })
  expect(await readTally(log, { request: next, keys })).toMatchObject({ outcome: 'open', votes: [] })
})

test('a key belongs to whoever enrolled it first, and revoked stays revoked', async () => {
  const { log, keys, signer, enrol, revoke } = await anOffice()
  const key = await enrol('bob', 'risk')
  const body = { person: 'eve', keyId: key.keyId, publicKey: pemOf(key.publicKey), roles: ['owner'] }
  await writeEnrolment(log, body, { signer, by: 'test', head: 1 })
  expect((await readApprovers(log, keys)).byKeyId.get(key.keyId)).toMatchObject({ person: 'bob', roles: ['risk'] })
  await revoke('bob', key)
  await enrol('bob', 'risk', 'owner')
  expect((await readApprovers(log, keys)).byKeyId.get(key.keyId)).toMatchObject({ revoked: { reason: 'left' } })
})
