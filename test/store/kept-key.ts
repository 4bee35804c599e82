import { createPrivateKey } from 'node:crypto'
import type { ObjectStore } from '../../store/object-store.ts'
import type { Signer } from '../../store/signing/dsse.ts'
import { signerOf } from '../../store/signing/keys.ts'
import { aPrivateKey } from './a-registration.ts'

/** Where a test's private key lies, so that other processes can judge: a real one is never in a store. */
const KEY = 'test/registry.pem'

export async function keepKey(store: ObjectStore): Promise<void> {
  const pem = aPrivateKey().export({ type: 'pkcs8', format: 'pem' }).toString()
  await store.putIfAbsent(KEY, Buffer.from(pem), { durable: false })
}

export async function signerIn(store: ObjectStore): Promise<Signer> {
  return signerOf(createPrivateKey(Buffer.from((await store.get(KEY)) ?? [])))
}
