import { chmod, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { artifactKey, artifacts, sha256Of } from '../../store/artifacts.ts'
import { folderStore } from '../../store/folder-store.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import { temporaryFolder } from './temporary-folder.ts'

const content = Buffer.alloc(700_001, 'content ')
const digest = sha256Of(content)

test('bytes and the file of the same bytes are one artifact', async () => {
  const root = await temporaryFolder()
  await writeFile(join(root, 'file'), content)
  const all = artifacts(folderStore(join(root, 'store')))
  expect(await all.has(digest)).toBe(false)
  expect(await all.putFile(join(root, 'file'))).toBe(digest)
  expect(await all.putBytes(content)).toBe(digest)
  expect(await all.has(digest)).toBe(true)
  expect(content.equals(await all.get(digest))).toBe(true)
})

test('a materialized file is a read-only copy that shares nothing with the store', async () => {
  const root = await temporaryFolder()
  const store = join(root, 'store')
  const all = artifacts(folderStore(store))
  await all.putBytes(content)
  const path = join(root, 'work', 'deep', 'file')
  await all.materialize(digest, path)
  expect((await stat(path)).mode & 0o777).toBe(0o444)
  await chmod(path, 0o644)
  await writeFile(path, 'overwritten by a task')
  expect(content.equals(await all.get(digest))).toBe(true)
  await all.materialize(digest, path, { mode: 0o555 })
  expect((await stat(path)).mode & 0o777).toBe(0o555)
  expect(content.equals(await readFile(path))).toBe(true)
})

test('altered bytes are refused with the wanted and the found digest, and nothing is materialized', async () => {
  const root = await temporaryFolder()
  const all = artifacts(folderStore(join(root, 'store')))
  await all.putBytes(content)
  const object = join(root, 'store', artifactKey(digest))
  await chmod(object, 0o644)
  await truncate(object, 700_000)
  const found = sha256Of(content.subarray(0, 700_000))
  const refusal = {
    code: 'store-corrupt',
    message: `store object "${artifactKey(digest)}": expected sha256 ${digest}, got ${found}; remove it and run again what made it`,
  }
  await expect(all.get(digest)).rejects.toMatchObject(refusal)
  await expect(all.materialize(digest, join(root, 'work', 'file'))).rejects.toMatchObject(refusal)
  await expect(all.locate(digest)).rejects.toMatchObject(refusal)
  expect(await readdir(join(root, 'work'))).toEqual([])
})

test('an artifact that is not there is named', async () => {
  const root = await temporaryFolder()
  const all = artifacts(folderStore(root))
  const refusal = { code: 'object-missing', message: expect.stringContaining(digest) as string }
  await expect(all.get(digest)).rejects.toMatchObject(refusal)
  await expect(all.materialize(digest, join(root, 'file'))).rejects.toMatchObject(refusal)
  await expect(all.locate(digest)).rejects.toMatchObject(refusal)
})

test('an artifact is read where it is, unless the store has no files', async () => {
  const store = folderStore(await temporaryFolder())
  await artifacts(store).putBytes(content)
  const path = await artifacts(store).locate(digest)
  expect(content.equals(await readFile(path ?? ''))).toBe(true)
  const elsewhere = Object.fromEntries(Object.entries(store).filter(([name]) => name !== 'fileOf'))
  expect(await artifacts(elsewhere as unknown as ObjectStore).locate(digest)).toBeUndefined()
})

test.each(['', 'abc', digest.toUpperCase(), `../${digest}`])('the digest %j is refused', async (wrong) => {
  const all = artifacts(folderStore(await temporaryFolder()))
  await expect(all.get(wrong)).rejects.toMatchObject({ code: 'key-invalid' })
})
