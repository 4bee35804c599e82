import { userInfo } from 'node:os'
import { readApprovers, writeEnrolment, type Approver } from '../../store/approvers.ts'
import { sealHeads } from '../../store/audit-heads.ts'
import { keyIdOf, loadSigner, pemOf, publicKeyOf } from '../../store/signing/keys.ts'
import { createPersonKey } from '../../store/signing/person-keys.ts'
import { CliError } from '../errors.ts'
import type { AuditStore } from './audit-store.ts'

export interface Enrolling {
  readonly person: string
  readonly roles: readonly string[]
  /** PEM. Default: a key is made in the keys folder. */
  readonly publicKey?: string
  /** A demonstration's key, which counts under `anneal dev` only. */
  readonly demo?: true
}

/** Has a person's key count from here on; answers its id. Throws `enrolment-refused`, `signing-key-…`. */
export async function enrol(store: AuditStore, { person, roles, publicKey, demo }: Enrolling): Promise<string> {
  const signer = await loadSigner(store.settings.keys)
  const pem = publicKey ?? pemOf((await createPersonKey(store.settings.keys, person)).publicKey)
  const keyId = keyIdOf(publicKeyOf(pem, 'public key'))
  const approvers = await readApprovers(store.log, store.keys)
  refuseOther(approvers.byKeyId.get(keyId), person)
  const writing = { signer, by: userInfo().username, head: approvers.head }
  await writeEnrolment(store.log, { person, keyId, publicKey: pem, roles: [...roles], ...(demo && { demo }) }, writing)
  await sealHeads(store.objects, { ...writing, log: store.log })
  return keyId
}

/** A key is one person's, and a revoked one nobody's any more. */
function refuseOther(known: Approver | undefined, person: string): void {
  if (known === undefined || (known.person === person && known.revoked === undefined)) return
  throw new CliError('enrolment-refused', {
    message: `key ${known.keyId.slice(0, 16)} cannot be enrolled for "${person}"`,
    expected: 'a key that is nobody else’s and was not revoked',
    got: known.revoked === undefined ? `a key of "${known.person}"` : `a key revoked ${known.revoked.at}`,
    remedy: 'make another key: remove the person’s file from the keys folder, or give another one by --public-key',
  })
}
