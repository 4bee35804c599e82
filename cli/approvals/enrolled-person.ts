import type { Settings } from '../../config/settings.ts'
import { readApprovers, type Approver } from '../../store/approvers.ts'
import { audit } from '../../store/audit.ts'
import type { OpenStore } from '../../store/open-store.ts'
import type { Signer } from '../../store/signing/dsse.ts'
import { trusted } from '../../store/signing/keys.ts'
import { loadPersonSigner, personKeyFile } from '../../store/signing/person-keys.ts'
import { CliError } from '../errors.ts'

/** Somebody whose signature counts, with the key to make it. */
export interface EnrolledPerson {
  readonly person: string
  readonly signer: Signer
}

export interface PersonSearch {
  readonly settings: Pick<Settings, 'keys'>
  readonly store: Pick<OpenStore, 'objects'>
  /** File of the private key. Default: the one in the keys folder. */
  readonly key?: string | undefined
}

/** Throws `not-enrolled`, and StoreError's `signing-key-…`. */
export async function enrolledPerson(person: string, { settings, store, key }: PersonSearch): Promise<EnrolledPerson> {
  const signer = await loadPersonSigner(person, key ?? personKeyFile(settings.keys, person))
  const { byKeyId } = await readApprovers(audit(store.objects), await trusted(settings.keys))
  const approver = byKeyId.get(signer.keyId)
  if (approver !== undefined && approver.person === person && approver.revoked === undefined) return { person, signer }
  throw new CliError('not-enrolled', {
    message: `the key of "${person}" does not count`,
    expected: `a key that "${person}" is enrolled with`,
    got: stateOf(approver, signer),
    remedy: `enrol it with \`anneal approver enroll ${person} --role ROLE\`, or name another file by --key`,
  })
}

function stateOf(approver: Approver | undefined, { keyId }: Signer): string {
  const key = `key ${keyId.slice(0, 16)}`
  if (approver === undefined) return `${key}, which nobody is enrolled with`
  if (approver.revoked !== undefined) return `${key}, revoked ${approver.revoked.at}`
  return `${key} of "${approver.person}"`
}
