import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fromSystemError } from '../errors.ts'
import type { Signer } from './dsse.ts'
import { aPrivateKey, loadSignerFile } from './keys.ts'
import { isThere, putSecret, type SecretFile } from './secret-file.ts'

const FOLDER = 'persons'

/** `<keys>/persons/<person>.pem`, mode 0600 in a folder of mode 0700. */
export function personKeyFile(keys: string, person: string): string {
  return join(keys, FOLDER, `${person}.pem`)
}

/** Makes a person's key where there is none; answers the signer that is there then. */
export async function createPersonKey(keys: string, person: string): Promise<Signer> {
  const path = personKeyFile(keys, person)
  const { subject } = secretOf(person)
  await mkdir(join(keys, FOLDER), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw fromSystemError(error, `${subject}: create its folder`)
  })
  if (!(await isThere(path))) await putSecret(path, { text: aPrivateKey().text, subject })
  return loadPersonSigner(person, path)
}

/** `path`: anywhere, readable by its owner alone. Throws `signing-key-missing`, `signing-key-exposed`, `signing-key-unusable`. */
export async function loadPersonSigner(person: string, path: string): Promise<Signer> {
  return loadSignerFile(path, secretOf(person))
}

function secretOf(person: string): SecretFile {
  return {
    subject: `private key of "${person}"`,
    missing: `one, got none; name its file by --key, or make one with \`anneal approver enroll ${person} --role ROLE\``,
  }
}
