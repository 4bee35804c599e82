import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { errnoOf } from '../../store/errors.ts'
import { nodeFileSystem, type FileSystem } from '../../store/file-system.ts'
import { folderStore } from '../../store/folder-store.ts'
import { ownIdentity } from '../../store/process-identity.ts'
import { objectStoreSuite } from './object-store-suite.ts'

let parent: string
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'anneal-folder-'))
})
afterAll(() => rm(parent, { recursive: true, force: true }))

const aFolder = (): Promise<string> => mkdtemp(join(parent, 'store-'))

objectStoreSuite('a folder', async () => folderStore(await aFolder()))

test('objects cannot be written to', async () => {
  const root = await aFolder()
  await folderStore(root).putIfAbsent('a/b', Buffer.from('x'))
  expect((await stat(join(root, 'a/b'))).mode & 0o222).toBe(0)
})

test('a sweep removes what dead processes left, and nothing of living ones', async () => {
  const root = await aFolder()
  const { host, pid, startedAt } = ownIdentity()
  const mine = [host, pid, startedAt, 1].join('~')
  const recycledPid = [host, pid, 'earlier', 1].join('~')
  const foreign = ['elsewhere', 1, 'x', 1].join('~')
  const oldForeign = ['elsewhere', 1, 'x', 2].join('~')
  await mkdir(join(root, 'tmp'))
  for (const name of [mine, recycledPid, foreign, oldForeign]) await writeFile(join(root, 'tmp', name), 'half')
  const twoDaysAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000)
  await utimes(join(root, 'tmp', oldForeign), twoDaysAgo, twoDaysAgo)
  expect(await folderStore(root).sweepTemporaryFiles()).toBe(2)
  expect((await readdir(join(root, 'tmp'))).toSorted()).toEqual([foreign, mine].toSorted())
})

test('a sweep of a store that is not there yet finds nothing', async () => {
  expect(await folderStore(join(parent, 'none')).sweepTemporaryFiles()).toBe(0)
})

test('puts that come during a sync of their folder share the next one', async () => {
  const root = await aFolder()
  let syncs = 0
  const counting: FileSystem = {
    ...nodeFileSystem,
    open: (path, flags, mode) => {
      if (path === join(root, 'a')) syncs += 1
      return nodeFileSystem.open(path, flags, mode)
    },
  }
  const store = folderStore(root, counting)
  await store.putIfAbsent('a/first', Buffer.from('x'))
  syncs = 0
  await Promise.all(Array.from({ length: 100 }, (_, index) => store.putIfAbsent(`a/${index}`, Buffer.from('x'))))
  expect(await store.list('a/')).toHaveLength(101)
  expect(syncs).toBeGreaterThan(0)
  expect(syncs).toBeLessThan(50)
})

test('an object that is there is not written again', async () => {
  const root = await aFolder()
  await folderStore(root).putIfAbsent('a', Buffer.from('x'))
  const readOnly: FileSystem = { ...nodeFileSystem, link: () => expect.unreachable('a second link') }
  expect(await folderStore(root, readOnly).putIfAbsent('a', Buffer.from('x'))).toBe('exists')
})

test('a link of our own that is answered by EEXIST counts as created', async () => {
  const lostAnswer: FileSystem = {
    ...nodeFileSystem,
    link: (existing, path) => {
      nodeFileSystem.link(existing, path)
      nodeFileSystem.link(existing, path)
    },
  }
  expect(await folderStore(await aFolder(), lostAnswer).putIfAbsent('a', Buffer.from('x'))).toBe('created')
})

test('a folder that may not be written is refused by name of the object, not by path', async (context) => {
  const root = await aFolder()
  await chmod(root, 0o555)
  onTestFinished(() => chmod(root, 0o755))
  if (await isWritable(root)) context.skip('the super-user may write to every folder')
  await expect(folderStore(root).putIfAbsent('a', Buffer.from('x'))).rejects.toMatchObject({
    code: 'store-read-only',
    message: 'store object "a": put: expected write access, got EACCES; check owner and mount',
  })
})

test.each([
  ['EROFS', 'store-read-only'],
  ['EACCES', 'store-read-only'],
  ['ENOSPC', 'store-full'],
  ['EDQUOT', 'store-full'],
  ['EIO', 'store-io'],
])('%s is told as %s, without the absolute path of the store', async (errno, code) => {
  const root = await aFolder()
  const failing: FileSystem = {
    ...nodeFileSystem,
    link: () => {
      throw Object.assign(new Error(`${errno}, '${root}'`), { code: errno })
    },
  }
  const error: unknown = await folderStore(root, failing)
    .putIfAbsent('a', Buffer.from('x'))
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code, message: expect.stringContaining(`store object "a": put: `) as string })
  expect(String(error)).not.toContain(root)
  expect(error).not.toHaveProperty('cause')
  expect(await readdir(join(root, 'tmp'))).toEqual([])
})

async function isWritable(folder: string): Promise<boolean> {
  try {
    await writeFile(join(folder, 'probe'), '')
    return true
  } catch (error) {
    if (errnoOf(error) === 'EACCES') return false
    throw error
  }
}
