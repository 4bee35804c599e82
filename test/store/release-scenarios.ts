import { deepStrictEqual, ok } from 'node:assert'
import { makeRequest, requestOf } from '../../store/approval-request.ts'
import { sha256Of } from '../../store/artifacts.ts'
import { audit } from '../../store/audit.ts'
import { sealDecision } from '../../store/decisions.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import { readTally, recordDecision } from '../../store/record-decision.ts'
import { refreshes } from '../../store/refreshes.ts'
import { services, type GenerationDraft } from '../../store/services.ts'
import { verifyAudit } from '../../store/verify-audit.ts'
import { aDecision, aRequest } from './a-request.ts'
import { keysOf } from './a-registration.ts'
import { enrolBob, keepKey, signerIn } from './kept-key.ts'
import type { Scenario } from './scenario.ts'

const SERVICE = 'flights'
const INSTANT = '2026-01-01T00:00:00.000Z'

/** What moves a model towards its users, each step of it signed. */
export const releaseScenarios = {
  "publication of a service's generation": {
    arrange: async (store) => {
      await keepKey(store)
      await publishGeneration(store, 1)
    },
    act: (store) => publishGeneration(store, 2),
    judge: async (store, acted) => {
      const keys = keysOf(await signerIn(store))
      const current = await services(store).current(SERVICE, keys)
      ok(current !== undefined && 'value' in current)
      const { generation, previous } = current.value.state
      ok(generation === 2 || (generation === 1 && !acted))
      deepStrictEqual(previous === null, generation === 1)
    },
  },
  'publication of fresh online features': {
    arrange: keepKey,
    act: async (store) => {
      const signer = await signerIn(store)
      const chain = refreshes(store)
      if ((await chain.head(SERVICE)) > 0) return
      const file = {
        expressions: sha256Of('e'),
        file: sha256Of('f'),
        asOf: INSTANT,
        newest: INSTANT,
        coversFrom: INSTANT,
      }
      await chain.publish({ service: SERVICE, at: INSTANT, files: [file], by: 'test' }, { previous: null, signer })
    },
    judge: async (store, acted) => {
      const current = await refreshes(store).current(SERVICE, keysOf(await signerIn(store)))
      ok(current !== undefined || !acted)
      if (current !== undefined) ok('value' in current && current.value.refresh.number === 1)
    },
  },
  'request for an approval': {
    arrange: keepKey,
    act: async (store) => {
      await ask(store)
    },
    judge: async (store, acted) => {
      const keys = keysOf(await signerIn(store))
      const entries = await audit(store).entries(`service:${SERVICE}`, keys)
      const kinds = entries.map(({ entry }) => entry.kind)
      deepStrictEqual(kinds, acted || kinds.length > 0 ? ['requested'] : [])
    },
  },
  'recording of a decision': {
    arrange: async (store) => {
      await keepKey(store)
      const signer = await signerIn(store)
      await enrolBob(store)
      await ask(store)
      const now = Date.now()
      const [issuedAt, expiresAt] = [new Date(now).toISOString(), new Date(now + HOUR_MILLIS).toISOString()]
      const request = await ask(store)
      const envelope = sealDecision(aDecision(request, 'bob', { issuedAt, expiresAt }), signer)
      const sent = JSON.stringify({ nonce: request.nonce, envelope })
      await store.putIfAbsent(SENT, Buffer.from(sent), { durable: false })
    },
    act: async (store) => {
      const signer = await signerIn(store)
      const recording = { service: SERVICE, keys: keysOf(signer), signer, submission: 'one', ...(await sentIn(store)) }
      const answer = await recordDecision(audit(store), recording)
      ok(answer.accepted)
    },
    judge: async (store, acted) => {
      const keys = keysOf(await signerIn(store))
      const { nonce } = await sentIn(store)
      const request = await requestOf(audit(store), { service: SERVICE, nonce, keys })
      const { votes } = await readTally(audit(store), { request, keys })
      deepStrictEqual(
        votes.map(({ person }) => person),
        acted || votes.length > 0 ? ['bob'] : [],
      )
      deepStrictEqual(
        (await verifyAudit(store, { keys })).flatMap(({ faults }) => faults),
        [],
      )
    },
  },
} satisfies Record<string, Scenario>

const SENT = 'test/sent.json'
const HOUR_MILLIS = 3_600_000

/** The decision, as its person has sent it. */
async function sentIn(store: ObjectStore): Promise<{ readonly nonce: string; readonly envelope: string }> {
  // Put by `arrange`.
  return JSON.parse(Buffer.from((await store.get(SENT)) ?? []).toString('utf8')) as { nonce: string; envelope: string }
}

/** Asked again, it is the request there is. */
async function ask(store: ObjectStore) {
  const signer = await signerIn(store)
  const { nonce: _, expiresAt: __, ...draft } = aRequest()
  const asking = { key: 'approve', by: 'run', withinMillis: HOUR_MILLIS, keys: keysOf(signer), signer }
  return makeRequest(audit(store), draft, asking)
}

/** As whoever moves traffic does: after the newest one, unless that is it already. */
async function publishGeneration(store: ObjectStore, number: number): Promise<void> {
  const signer = await signerIn(store)
  const newest = await services(store).current(SERVICE, keysOf(signer))
  if (newest !== undefined && !('value' in newest)) throw new Error(newest.fault.got)
  const draft: GenerationDraft = {
    service: SERVICE,
    stable: null,
    candidate: null,
    until: null,
    salt: '',
    clock: { eventOrigin: INSTANT, wallOrigin: INSTANT, scale: 1 },
    key: `run/${number}`,
    cause: 'direct',
    by: 'run',
    evidence: null,
  }
  await services(store).publish(draft, { previous: newest?.value ?? null, signer })
}
