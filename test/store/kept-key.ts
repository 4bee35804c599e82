import { createPrivateKey } from 'node:crypto'
import { writeEnrolment } from '../../store/approvers.ts'
import { audit } from '../../store/audit.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import type { Signer } from '../../store/signing/dsse.ts'
import { pemOf, signerOf } from '../../store/signing/keys.ts'
import { aPrivateKey } from './a-registration.ts'

/** Where a test's private key lies, so that other processes can judge: a real one is never in a store. */
const KEY = 'test/registry.pem'

export async function keepKey(store: ObjectStore): Promise<void> {
  const pem = aPrivateKey().export({ type: 'pkcs8', format: 'pem' }).toString()
  await store.putIfAbsent(KEY, Buffer.from(pem), { durable: false })
}

/** That key as bob's, so that no other has to be kept. */
export async function enrolBob(store: ObjectStore): Promise<void> {
  const signer = await signerIn(store)
  const person = { person: 'bob', keyId: signer.keyId, publicKey: pemOf(signer.publicKey), roles: ['risk'] }
  await writeEnrolment(audit(store), person, { signer, by: 'test', head: 0 })
}

export async function signerIn(store: ObjectStore): Promise<Signer> {
  return signerOf(createPrivateKey(Buffer.from((await store.get(KEY)) ?? [])))
}
