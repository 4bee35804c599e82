import { deepStrictEqual, ok } from 'node:assert'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shipJournals } from '../../serving/ship-journals.ts'
import { acknowledgements } from '../../store/acknowledgements.ts'
import { readApprovers, writeRevocation } from '../../store/approvers.ts'
import { audit } from '../../store/audit.ts'
import { leases } from '../../store/leases.ts'
import { ownIdentity } from '../../store/process-identity.ts'
import { traffic, trafficLine, type LoggedOutcome } from '../../store/traffic.ts'
import { keysOf } from './a-registration.ts'
import { enrolBob, keepKey, signerIn } from './kept-key.ts'
import type { Scenario } from './scenario.ts'

const SERVICE = 'flights'
const WALL_MILLIS = Date.UTC(2026, 0, 1, 7)
const at = (minute: number): string => new Date(WALL_MILLIS + minute * 60_000).toISOString()
/** Dead: no process has such a number. */
const GATEWAY = `${ownIdentity().host}:4194305:1`
const OUTCOMES = Array.from({ length: 500 }, (_, index): LoggedOutcome => ({
  type: 'outcome',
  id: String(index),
  at: WALL_MILLIS + index,
  outcomes: { delay: index },
}))

/** What gateways and those who move their traffic tell each other, most of it for seconds only. */
export const trafficScenarios = {
  'renewal of a lease': {
    arrange: async (store) => {
      await keepKey(store)
      await leases(store).renew({ service: SERVICE, generation: 2, until: at(1) }, await signerIn(store))
    },
    act: async (store) => {
      await leases(store).renew({ service: SERVICE, generation: 2, until: at(2) }, await signerIn(store))
    },
    judge: async (store, acted) => {
      const until = await leases(store).until(SERVICE, 2, keysOf(await signerIn(store)))
      // One that was lost holds no longer than the generation's own term: never longer than was signed.
      ok([undefined, at(1), at(2)].includes(until === undefined ? undefined : new Date(until).toISOString()))
      if (acted) deepStrictEqual(until, Date.parse(at(2)))
    },
  },
  'sign of life of a gateway': {
    arrange: async (store) => {
      await acknowledgements(store).put(SERVICE, { ...ALIVE, until: at(1) }, 1)
    },
    act: async (store) => {
      await acknowledgements(store).put(SERVICE, { ...ALIVE, until: at(2) }, 2)
    },
    judge: async (store, acted) => {
      const live = await acknowledgements(store).live(SERVICE, WALL_MILLIS)
      ok(live.length <= 1)
      if (acted) deepStrictEqual(live, [{ ...ALIVE, until: at(2) }])
    },
  },
  'shipping of a dead gateway’s journal': {
    arrange: async (_, root) => {
      const journal = join(journalsOf(root), GATEWAY, 'journal', SERVICE)
      mkdirSync(journal, { recursive: true })
      writeFileSync(join(journal, `${WALL_MILLIS}.1`), `${OUTCOMES.map(trafficLine).join('')}{"cut off`)
    },
    act: async (store, root) => {
      await shipJournals(journalsOf(root), traffic(store))
    },
    judge: async (store, acted) => {
      const found = await traffic(store).read(SERVICE, WALL_MILLIS, WALL_MILLIS + 1000)
      deepStrictEqual(found, acted ? OUTCOMES : OUTCOMES.slice(0, found.length))
    },
  },
  'revocation of an approver': {
    arrange: async (store) => {
      await keepKey(store)
      await enrolBob(store)
    },
    act: async (store) => {
      const signer = await signerIn(store)
      await writeRevocation(
        audit(store),
        { keyId: signer.keyId, person: 'bob', reason: 'left' },
        { signer, by: 'test' },
      )
    },
    judge: async (store, acted) => {
      const signer = await signerIn(store)
      const { byKeyId } = await readApprovers(audit(store), keysOf(signer))
      ok(byKeyId.get(signer.keyId)?.revoked !== undefined || !acted)
      ok(byKeyId.size === 1)
    },
  },
} satisfies Record<string, Scenario>

const ALIVE = { gateway: GATEWAY, generation: 2, refused: null, address: 'http://127.0.0.1:8080' }

function journalsOf(root: string): string {
  return `${root}-gateways`
}
