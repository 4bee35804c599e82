import { execFileSync } from 'node:child_process'
import { chmod, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { createKey, keyIdOf, loadSigner, pemOf, trusted } from '../../../store/signing/keys.ts'
import { isSignedBy, preAuthentication, signPayload } from '../../../store/signing/dsse.ts'
import { sha256Of } from '../../../store/artifacts.ts'
import { temporaryFolder } from '../temporary-folder.ts'

async function aFolder(): Promise<string> {
  return join(await temporaryFolder(), 'keys')
}

test('a key is made once, for its owner only, and is trusted', async () => {
  const folder = await aFolder()
  const signer = await createKey(folder)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  expect((await stat(join(folder, 'registry.pem'))).mode & 0o777).toBe(0o600)
  expect([...(await trusted(folder)).keys()]).toEqual([signer.keyId])
  expect((await createKey(folder)).keyId).toBe(signer.keyId)
  expect((await loadSigner(folder)).keyId).toBe(signer.keyId)
  const payload = Buffer.from('{}')
  expect(isSignedBy(signer.publicKey, { payload, signature: signPayload(payload, signer) })).toBe(true)
})

test('of racing makers one makes the key, and no other stays trusted', async () => {
  const folder = await aFolder()
  const signers = await Promise.all(Array.from({ length: 8 }, () => createKey(folder)))
  expect(new Set(signers.map(({ keyId }) => keyId)).size).toBe(1)
  expect([...(await trusted(folder)).keys()]).toEqual([signers[0]?.keyId])
  expect((await readdir(folder)).toSorted()).toEqual(['registry.pem', 'trusted'])
})

test('a key id is the hint of Model Signing: SHA-256 of the PEM that openssl writes', async () => {
  const folder = await aFolder()
  const { keyId, publicKey } = await createKey(folder)
  const pem = execFileSync('openssl', ['ec', '-in', join(folder, 'registry.pem'), '-pubout'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  expect(sha256Of(pem)).toBe(keyId)
  expect(keyIdOf(publicKey)).toBe(keyId)
  expect(pemOf(publicKey)).toBe(pem.toString())
})

test('a folder without a key has nobody to sign and nobody to trust', async () => {
  const folder = await aFolder()
  await expect(loadSigner(folder)).rejects.toMatchObject({ code: 'signing-key-missing' })
  expect((await trusted(folder)).size).toBe(0)
})

test.each([0o640, 0o604, 0o620, 0o644])('a private key of mode %o is not read', async (mode) => {
  const folder = await aFolder()
  await createKey(folder)
  await chmod(join(folder, 'registry.pem'), mode)
  const message = `signing key: expected mode 0600, got 0${mode.toString(8)}; take all rights of group and others away, and replace the key if others may have read it`
  await expect(loadSigner(folder)).rejects.toMatchObject({ code: 'signing-key-exposed', message })
  await expect(createKey(folder)).rejects.toMatchObject({ code: 'signing-key-exposed' })
})

test('a private key in a folder that others can enter is not read', async () => {
  const folder = await aFolder()
  await createKey(folder)
  await chmod(folder, 0o755)
  await expect(loadSigner(folder)).rejects.toMatchObject({ code: 'signing-key-exposed' })
})

test('a link is not followed', async () => {
  const folder = await aFolder()
  await createKey(folder)
  const secret = join(folder, 'registry.pem')
  const text = await readFile(secret)
  await writeFile(join(folder, 'other'), text, { mode: 0o600 })
  await rm(secret)
  await symlink('other', secret)
  await expect(loadSigner(folder)).rejects.toMatchObject({ code: 'store-io' })
})

test('trusted keys that others can write are not trusted', async () => {
  const folder = await aFolder()
  await createKey(folder)
  const [name = ''] = await readdir(join(folder, 'trusted'))
  await chmod(join(folder, 'trusted', name), 0o666)
  await expect(trusted(folder)).rejects.toMatchObject({ code: 'signing-key-exposed' })
  await chmod(join(folder, 'trusted', name), 0o644)
  await chmod(join(folder, 'trusted'), 0o777)
  await expect(trusted(folder)).rejects.toMatchObject({ code: 'signing-key-exposed' })
})

const unusable: readonly (readonly [what: string, command: readonly string[]])[] = [
  ['of another curve', ['ecparam', '-name', 'secp384r1', '-genkey', '-noout']],
  ['of RSA', ['genrsa', '2048']],
]

test.each(unusable)('a key %s is refused, to sign and to trust', async (_, command) => {
  const folder = await aFolder()
  await createKey(folder)
  const secret = execFileSync('openssl', command, { stdio: ['ignore', 'pipe', 'ignore'] })
  const open = execFileSync('openssl', ['pkey', '-pubout'], { input: secret })
  await writeFile(join(folder, 'registry.pem'), secret)
  await writeFile(join(folder, 'trusted/other.pub'), open)
  await expect(loadSigner(folder)).rejects.toMatchObject({ code: 'signing-key-unusable' })
  await expect(trusted(folder)).rejects.toMatchObject({ code: 'signing-key-unusable' })
})

test('a private key among the trusted ones is refused, and nothing of it is told', async () => {
  const folder = await aFolder()
  await createKey(folder)
  const secret = await readFile(join(folder, 'registry.pem'), 'utf8')
  await writeFile(join(folder, 'trusted/mine.pub'), secret)
  const error: unknown = await trusted(folder).catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    code: 'signing-key-unusable',
    message: expect.stringContaining('trusted key "mine.pub"') as string,
  })
  expect(inspect(error, { depth: 9 })).not.toContain(secret.split('\n')[1])
})

test('no message and no printed signer holds the private key, its file or its folder', async () => {
  const folder = await aFolder()
  const signer = await createKey(folder)
  const secret = await readFile(join(folder, 'registry.pem'), 'utf8')
  await writeFile(join(folder, 'registry.pem'), secret.replaceAll('A', 'B'))
  const unreadable: unknown = await loadSigner(folder).catch((reason: unknown) => reason)
  await rm(join(folder, 'registry.pem'))
  const missing: unknown = await loadSigner(folder).catch((reason: unknown) => reason)
  const printed = [signer, unreadable, missing]
    .map((value) => inspect(value, { depth: 9, showHidden: true }))
    .join('\n')
  const messages = [unreadable, missing].map(String).join('\n')
  expect(printed).not.toContain(secret.split('\n')[1])
  expect(messages).not.toContain('registry.pem')
  expect(messages).not.toContain(folder)
})

test('what is signed is type and payload with their lengths', () => {
  expect(Buffer.from(preAuthentication('http://example.com/HelloWorld', Buffer.from('hello world'))).toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  )
})
