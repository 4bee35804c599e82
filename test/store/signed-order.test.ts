import { expect, it } from 'vitest'
import type { Approver, Approvers } from '../../store/approvers.ts'
import { sha256Of } from '../../store/artifacts.ts'
import { judgeOrder, sealOrder } from '../../store/signed-order.ts'
import type { Signer } from '../../store/signing/dsse.ts'
import { aSigner, keysOf } from './a-registration.ts'

const ORIGIN = '1970-01-01T00:00:00.000Z'

const ORDERED = {
  plan: sha256Of('plan'),
  parameters: { asOf: '2026-01-05T02:00:00Z' },
  clock: { eventOrigin: ORIGIN, wallOrigin: ORIGIN, scale: 1 },
  run: 'run:delay:2026-01-05T02:00:00Z',
}

const installation = aSigner()
const ann = aSigner()
const stranger = aSigner()

function enrolled({ keyId, publicKey }: Signer, changes: Partial<Approver> = {}): Approvers {
  const approver = { person: 'ann', keyId, publicKey, roles: ['author'], enrolledAt: ORIGIN, ...changes }
  return { head: 1, byKeyId: new Map([[keyId, approver]]) }
}

interface Judging {
  readonly approvers?: Approvers
  readonly demo?: boolean
}

function judged(person: string, signer: Signer, { approvers = enrolled(ann), demo = false }: Judging = {}): unknown {
  const envelope = sealOrder({ ...ORDERED, person, at: ORIGIN }, signer)
  return judgeOrder({ envelope, ...ORDERED, approvers, keys: keysOf(installation), demo })
}

it.each([
  ['ann', ann],
  ['schedule:delay', installation],
  ['trigger:delay', installation],
  ['monitor:delay', installation],
])('"%s" may order by a key of its own', (person, signer) => {
  expect(judged(person, signer)).toEqual({ person })
})

it.each([
  ['the installation for a person', 'ann', installation, '"schedule:…", whose key it is'],
  ['the installation for nothing', 'schedule:', installation, '"schedule:…", whose key it is'],
  ['the installation for another word', 'cron:delay', installation, '"schedule:…", whose key it is'],
  ['a person for a schedule', 'schedule:delay', ann, '"ann", whose key it is'],
  ['a stranger for a schedule', 'schedule:delay', stranger, 'the key of an enrolled person'],
])('%s may not', (_, person, signer, expected) => {
  expect(judged(person, signer)).toMatchObject({ expected })
})

it('a key that is enrolled and revoked orders nothing, not even as the installation’s', () => {
  const revoked = enrolled(installation, { revoked: { at: ORIGIN, reason: 'left' } })
  expect(judged('schedule:delay', installation, { approvers: revoked })).toMatchObject({
    expected: 'a key that is not revoked',
  })
})

it("a demonstration's key orders where it counts only", () => {
  const approvers = enrolled(ann, { demo: true })
  expect(judged('ann', ann, { approvers, demo: true })).toEqual({ person: 'ann' })
  expect(judged('ann', ann, { approvers })).toMatchObject({ expected: 'a key that counts outside `anneal dev`' })
})
