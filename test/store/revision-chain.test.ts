import { expect, test } from 'vitest'
import { folderStore } from '../../store/folder-store.ts'
import { revisionChain } from '../../store/revision-chain.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('the head is the highest number, not the last name', async () => {
  const chain = revisionChain(folderStore(await temporaryFolder()), 'services/s/')
  expect(await chain.head()).toBe(0)
  for (let head = 0; head < 12; head += 1) await chain.append(head, Buffer.from(`revision ${head + 1}`))
  expect(await chain.head()).toBe(12)
  expect(String(await chain.read(9))).toBe('revision 9')
  expect(await chain.read(13)).toBeUndefined()
})

test('appending after a revision that is no longer the head is a conflict', async () => {
  const chain = revisionChain(folderStore(await temporaryFolder()), 'services/s/')
  await chain.append(0, Buffer.from('first'))
  expect(await chain.append(0, Buffer.from('other'))).toBe('conflict')
  expect(String(await chain.read(1))).toBe('first')
})

test('names beside the revisions do not count', async () => {
  const store = folderStore(await temporaryFolder())
  for (const key of ['s/a.1', 's/a.1.7', 's/a.02', 's/a.x', 's/ab.9']) await store.putIfAbsent(key, Buffer.from(''))
  expect(await revisionChain(store, 's/a.').head()).toBe(1)
})
