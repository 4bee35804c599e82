import { expect, test } from 'vitest'
import { LIVE } from '../../activities/order.ts'
import { approverName, type Approvers } from '../../store/approvers.ts'
import { sha256Of } from '../../store/artifacts.ts'
import { judgeOrder, monitorOf, sealOrder, type SignedOrder } from '../../store/signed-order.ts'
import type { Signer } from '../../store/signing/dsse.ts'
import { aSigner, keysOf } from './a-registration.ts'

const [installation, other, bob, gone] = [aSigner(), aSigner(), aSigner(), aSigner()] as const
const enrolledAt = '2026-01-01T00:00:00.000Z'
const revoked = { at: enrolledAt, reason: 'left' }

const approvers: Approvers = {
  head: 2,
  byKeyId: new Map([
    [bob.keyId, { ...bob, person: 'bob', roles: ['risk'], enrolledAt }],
    [gone.keyId, { ...gone, person: 'gone', roles: ['risk'], enrolledAt, revoked }],
  ]),
}

const ORDERED = { plan: sha256Of('plan'), parameters: { asOf: '2001-05-03' }, clock: LIVE, run: 'run:delay:drift-1' }

function judged(signer: Signer, person: string, changes: Partial<SignedOrder> = {}): string {
  const envelope = sealOrder({ ...ORDERED, person, at: enrolledAt, ...changes }, signer)
  const judgement = judgeOrder({ envelope, approvers, ...ORDERED, service: 'delay', keys: keysOf(installation) })
  return 'person' in judgement ? judgement.person : `expected ${judgement.expected}`
}

const MONITOR = monitorOf('delay')

test.each<[what: string, signer: Signer, person: string, changes: Partial<SignedOrder>, says: RegExp]>([
  ['of an enrolled person', bob, 'bob', {}, /^bob$/],
  ['of the service’s monitor, by the installation', installation, MONITOR, {}, /^monitor:delay$/],
  ['of a monitor, by another engine', other, MONITOR, {}, /a trusted key/],
  ['of a monitor, by an enrolled person', bob, MONITOR, {}, /a trusted key/],
  [
    'of a monitor, with the installation’s key forged',
    { ...other, keyId: installation.keyId },
    MONITOR,
    {},
    /signature/,
  ],
  ['of another service’s monitor', installation, monitorOf('other'), {}, /an enrolled person/],
  ['of a person, by the installation', installation, 'bob', {}, /an enrolled person/],
  ['of another person', bob, 'cleo', {}, /"bob", whose key it is/],
  ['by a key that is revoked', gone, 'gone', {}, /not revoked/],
  ['of a monitor, for another run', installation, MONITOR, { run: 'run:delay:drift-2' }, /an order of/],
  ['of a monitor, for another plan', installation, MONITOR, { plan: sha256Of('other') }, /an order of/],
  ['of a monitor, by another clock', installation, MONITOR, { clock: { ...LIVE, scale: 2 } }, /an order of/],
])('an order %s is judged so', (_, signer, person, changes, says) => {
  expect(judged(signer, person, changes)).toMatch(says)
})

test('nobody can be enrolled by the name of a monitor', () => {
  expect(approverName.safeParse(MONITOR).success).toBe(false)
})
