import { expect, test } from 'vitest'
import { sha256Of } from '../../store/artifacts.ts'
import { datasets, type DatasetRecord } from '../../store/datasets.ts'
import { folderStore } from '../../store/folder-store.ts'
import { temporaryFolder } from './temporary-folder.ts'

function aDataset(of: string, source = 'flights'): DatasetRecord {
  return { source, digest: sha256Of(of), rows: 10, parts: 1, span: null, run: `run of ${of}` }
}

test('an entry is appended whenever the dataset differs from the newest one, back to an older one too', async () => {
  const all = datasets(folderStore(await temporaryFolder()))
  expect(await all.list()).toEqual([])
  const numbers: number[] = []
  for (const of of ['a', 'a', 'b', 'b', 'a']) numbers.push(await all.record(aDataset(of)))
  expect(numbers).toEqual([1, 1, 2, 2, 3])
  expect((await all.versions('flights')).map(({ version, run }) => [version, run])).toEqual([
    [1, 'run of a'],
    [2, 'run of b'],
    [3, 'run of a'],
  ])
  await all.record(aDataset('c', 'carriers'))
  expect((await all.list()).map(({ source, version }) => `${source}@${version}`)).toEqual(['carriers@1', 'flights@3'])
})

test('recorded at once, the same dataset is one entry', async () => {
  const all = datasets(folderStore(await temporaryFolder()))
  await Promise.all(Array.from({ length: 8 }, () => all.record(aDataset('a'))))
  expect(await all.versions('flights')).toHaveLength(1)
})

test('an entry that cannot be read is an error that names it', async () => {
  const store = folderStore(await temporaryFolder())
  await store.putIfAbsent('datasets-names/flights', new Uint8Array())
  await store.putIfAbsent('datasets/flights/1', Buffer.from('{}'))
  const refusal = { code: 'store-corrupt', message: expect.stringContaining('"datasets/flights/1"') as string }
  await expect(datasets(store).list()).rejects.toMatchObject(refusal)
})
