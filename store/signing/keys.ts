import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { link, mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, fromSystemError, StoreError } from '../errors.ts'
import { temporaryName } from '../temporary-files.ts'
import type { Signer, TrustedKeys } from './dsse.ts'

/**
 * A folder of its own, never in the store: `registry.pem`, the private key, mode 0600 in a folder of mode 0700, and
 * `trusted/*.pub`, the public keys whose signatures count. No message names a private key's file or what it holds.
 */
const PRIVATE = 'registry.pem'
const TRUSTED = 'trusted'
const CURVE = 'prime256v1'

/** Makes a key where there is none, and trusts it; answers the signer that is there then, whoever made it. */
export async function createKey(folder: string): Promise<Signer> {
  await mkdir(join(folder, TRUSTED), { recursive: true, mode: 0o700 }).catch(rethrow('keys folder: create'))
  if (await isThere(join(folder, PRIVATE))) return await loadSigner(folder)
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: CURVE })
  const published = join(folder, TRUSTED, `${keyIdOf(publicKey).slice(0, 16)}.pub`)
  // Before the private key: a signer whose key is not trusted would sign what nobody accepts.
  await writeFile(published, pemOf(publicKey), { flag: 'wx', mode: 0o644 }).catch(rethrow('trusted key: write'))
  const text = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  if (!(await putSecret(folder, text))) await rm(published, { force: true })
  return await loadSigner(folder)
}

/** Throws `signing-key-missing`, `signing-key-exposed`, `signing-key-unusable`. */
export async function loadSigner(folder: string): Promise<Signer> {
  const key = parsed(await readSecret(folder), createPrivateKey)
  if (key === undefined) throw unusable('signing key')
  return signerOf(key)
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

/** Answers whether this call's key is the one there: of racing ones one is, whole, whatever is cut off. */
async function putSecret(folder: string, text: string): Promise<boolean> {
  const temporary = join(folder, temporaryName())
  try {
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600, flush: true })
    await link(temporary, join(folder, PRIVATE))
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw fromSystemError(error, 'signing key: write')
  } finally {
    await rm(temporary, { force: true })
  }
}

async function readSecret(folder: string): Promise<string> {
  try {
    // What is looked at is what is read: another file put in its place meanwhile changes nothing.
    const file = await open(join(folder, PRIVATE), constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      refuseReadable('signing key', { found: await file.stat(), expected: 0o600 })
      refuseReadable("signing key's folder", { found: await stat(folder), expected: 0o700 })
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      const remedy = 'set `keys` in anneal.config.json to the folder that has one'
      throw new StoreError('signing-key-missing', `signing key: expected one in the keys folder, got none; ${remedy}`)
    }
    throw fromSystemError(error, 'signing key: read')
  }
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

function refuseReadable(subject: string, { found, expected }: { found: Stats; expected: number }): void {
  if ((found.mode & 0o077) === 0) return
  const [wanted, got] = [expected, found.mode & 0o777].map((mode) => mode.toString(8).padStart(4, '0'))
  const remedy = 'take all rights of group and others away, and replace the key if others may have read it'
  throw new StoreError('signing-key-exposed', `${subject}: expected mode ${wanted}, got ${got}; ${remedy}`)
}

/** Whoever can add a key decides what verifies. */
function refuseWritable(subject: string, { mode }: Stats): void {
  if ((mode & 0o022) === 0) return
  const got = (mode & 0o777).toString(8).padStart(4, '0')
  const message = `${subject}: expected to be writable by their owner only, got mode ${got}; take that right away`
  throw new StoreError('signing-key-exposed', message)
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

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function rethrow(subject: string): (error: unknown) => never {
  return (error) => {
    throw fromSystemError(error, subject)
  }
}
