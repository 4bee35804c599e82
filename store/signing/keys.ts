import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, fromSystemError, StoreError } from '../errors.ts'
import type { Signer, TrustedKeys } from './dsse.ts'
import { isThere, putSecret, readSecret, refuseWritable, type SecretFile } from './secret-file.ts'

/**
 * A folder of its own, never in the store: `registry.pem`, the private key, mode 0600 in a folder of mode 0700, and
 * `trusted/*.pub`, the public keys whose signatures count. No message names a private key's file or what it holds.
 */
const PRIVATE = 'registry.pem'
const TRUSTED = 'trusted'
const CURVE = 'prime256v1'
const SUBJECT = 'signing key'
const MISSING = 'one in the keys folder, got none; set `keys` in anneal.config.json to the folder that has one'

/** Makes a key where there is none, and trusts it; answers the signer that is there then, whoever made it. */
export async function createKey(folder: string): Promise<Signer> {
  await mkdir(join(folder, TRUSTED), { recursive: true, mode: 0o700 }).catch(rethrow('keys folder: create'))
  if (await isThere(join(folder, PRIVATE))) return await loadSigner(folder)
  const { text, publicKey } = aPrivateKey()
  const published = join(folder, TRUSTED, `${keyIdOf(publicKey).slice(0, 16)}.pub`)
  // Before the private key: a signer whose key is not trusted would sign what nobody accepts.
  await writeFile(published, pemOf(publicKey), { flag: 'wx', mode: 0o644 }).catch(rethrow('trusted key: write'))
  if (!(await putSecret(join(folder, PRIVATE), { text, subject: SUBJECT }))) await rm(published, { force: true })
  return await loadSigner(folder)
}

/** Throws `signing-key-missing`, `signing-key-exposed`, `signing-key-unusable`. */
export async function loadSigner(folder: string): Promise<Signer> {
  return loadSignerFile(join(folder, PRIVATE), { subject: SUBJECT, missing: MISSING })
}

/** The same of any file, whose folder has to be its owner's alone, too. */
export async function loadSignerFile(path: string, secret: SecretFile): Promise<Signer> {
  const key = parsed(await readSecret(path, secret), createPrivateKey)
  if (key === undefined) throw unusable(secret.subject)
  return signerOf(key)
}

/** A key that nobody has yet: its PEM, to be kept, and its public half. */
export function aPrivateKey(): { readonly text: string; readonly publicKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: CURVE })
  return { text: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), publicKey }
}

export function signerOf(privateKey: KeyObject): Signer {
  const publicKey = createPublicKey(privateKey)
  return { keyId: keyIdOf(publicKey), publicKey, sign: (bytes) => sign('sha256', bytes, privateKey) }
}

/** The public keys in `trusted/`; none where the folder is not there. Throws `signing-key-exposed`, `signing-key-unusable`. */
export async function trusted(folder: string): Promise<TrustedKeys> {
  const names = await readdir(join(folder, TRUSTED)).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return []
    throw fromSystemError(error, 'trusted keys: list')
  })
  const files = names.filter((name) => name.endsWith('.pub')).toSorted()
  if (files.length > 0) refuseWritable('trusted keys', await stat(join(folder, TRUSTED)))
  const keys = await Promise.all(files.map((name) => readTrusted(join(folder, TRUSTED, name), `trusted key "${name}"`)))
  return new Map(keys.map((key) => [keyIdOf(key), key]))
}

/** One public key: PEM of a SubjectPublicKeyInfo on P-256. Throws `signing-key-unusable`. */
export function publicKeyOf(text: string, subject: string): KeyObject {
  const key = /PRIVATE/.test(text) ? undefined : parsed(text, createPublicKey)
  if (key === undefined) throw unusable(subject)
  return key
}

/** Names a public key: lower-case hex of the SHA-256 over its PEM, as Model Signing's hint. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256').update(pemOf(publicKey)).digest('hex')
}

export function pemOf(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

async function readTrusted(path: string, subject: string): Promise<KeyObject> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(rethrow(`${subject}: read`))
  try {
    refuseWritable(subject, await file.stat())
    return publicKeyOf(await file.readFile('utf8'), subject)
  } finally {
    await file.close()
  }
}

function parsed(text: string, parse: (text: string) => KeyObject): KeyObject | undefined {
  try {
    const key = parse(text)
    return key.asymmetricKeyDetails?.namedCurve === CURVE ? key : undefined
  } catch {
    return undefined
  }
}

function unusable(subject: string): StoreError {
  const remedy = 'make it by `openssl ecparam -name prime256v1 -genkey`, public keys by `openssl ec -pubout`'
  return new StoreError(
    'signing-key-unusable',
    `${subject}: expected a P-256 key as PEM, got something else; ${remedy}`,
  )
}

function rethrow(subject: string): (error: unknown) => never {
  return (error) => {
    throw fromSystemError(error, subject)
  }
}
