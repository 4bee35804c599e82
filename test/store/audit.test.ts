import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { audit, type AuditDraft } from '../../store/audit.ts'
import { sealEntry } from '../../store/audit-entry.ts'
import { sealHeads } from '../../store/audit-heads.ts'
import { artifacts } from '../../store/artifacts.ts'
import { folderStore, type FolderStore } from '../../store/folder-store.ts'
import { registry } from '../../store/registry.ts'
import type { Signer } from '../../store/signing/dsse.ts'
import { verifyAudit, type RootHead } from '../../store/verify-audit.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'
import { aRegistration, aSigner, keysOf } from './a-registration.ts'
import { temporaryFolder } from './temporary-folder.ts'

interface Place {
  readonly root: string
  readonly objects: FolderStore
  readonly signer: Signer
}

async function aPlace(): Promise<Place> {
  const root = await temporaryFolder()
  return { root, objects: folderStore(root), signer: aSigner() }
}

function aDraft(key: string): AuditDraft {
  return { key, kind: 'noted', by: 'test', at: '2026-01-01T00:00:00.000Z', body: { said: key } }
}

/** Entries 1 to 4 of `service:delay` and one of `model:delay`, with the heads signed after entries 2 and 4. */
async function aChain(): Promise<Place & { readonly heads: readonly RootHead[] }> {
  const place = await aPlace()
  const { objects, signer } = place
  const log = audit(objects)
  const heads: RootHead[] = []
  await log.append('model:delay', aDraft('other'), signer)
  for (const key of ['a', 'b', 'c', 'd']) {
    await log.append('service:delay', aDraft(key), signer)
    if (key === 'b' || key === 'd') heads.push(await sealHeads(objects, { signer, by: 'test' }))
  }
  return { ...place, heads }
}

/** What is wrong, as `file: expected, got`. */
async function faultsIn({ objects, signer }: Place, head?: RootHead): Promise<readonly string[]> {
  const checks = await verifyAudit(objects, { keys: keysOf(signer), ...(head && { head }) })
  return checks.flatMap(({ faults }) => faults.map(({ file, expected, got }) => `${file}: ${expected}, ${got}`))
}

/** The objects that faults name. */
async function placesIn(place: Place, head?: RootHead): Promise<readonly string[]> {
  return [...new Set((await faultsIn(place, head)).map((fault) => fault.slice(0, fault.indexOf(': '))))].toSorted()
}

async function change(file: string, edit: (bytes: Buffer) => Uint8Array): Promise<void> {
  await chmod(file, 0o644)
  await writeFile(file, edit(await readFile(file)))
}

test('entries are numbered from 1, link to the one before and are found by their keys', async () => {
  const { objects, signer } = await aChain()
  const keys = keysOf(signer)
  const entries = await audit(objects).entries('service:delay', keys)
  expect(entries.map(({ entry }) => [entry.number, entry.key])).toEqual([
    [1, 'a'],
    [2, 'b'],
    [3, 'c'],
    [4, 'd'],
  ])
  expect(entries.map(({ entry }) => entry.previous)).toEqual([null, ...entries.slice(0, 3).map(({ digest }) => digest)])
  expect(await audit(objects).find('service:delay', 'c', keys)).toEqual(entries[2])
  expect(await audit(objects).find('service:delay', 'e', keys)).toBeUndefined()
  expect(await audit(objects).entries('service:none', keys)).toEqual([])
})

test('the same key gives the entry there is, in this process and in the next', async () => {
  const { objects, signer } = await aPlace()
  const log = audit(objects)
  const first = await log.append('c', aDraft('a'), signer)
  await log.append('c', aDraft('b'), signer)
  expect(first).toMatchObject({ number: 1, created: true })
  expect(await log.append('c', { ...aDraft('a'), body: 'another' }, signer)).toEqual({ ...first, created: false })
  expect(await audit(objects).append('c', aDraft('a'), signer)).toEqual({ ...first, created: false })
})

test('of racing writers, each key is written once, without gap and whole', async () => {
  const { root, signer } = await aPlace()
  const random = seeded(chosenSeed())
  const logs = Array.from({ length: 4 }, () => audit(folderStore(root)))
  const keys = Array.from({ length: 60 }, () => `k${Math.floor(random() * 20)}`)
  const appended = await Promise.all(
    keys.map(async (key, index) => ({ key, ...(await logs[index % 4]?.append('c', aDraft(key), signer)) })),
  )
  const entries = await audit(folderStore(root)).entries('c', keysOf(signer))
  expect(entries.map(({ entry }) => entry.number)).toEqual(entries.map((_, index) => index + 1))
  expect(entries.map(({ entry }) => entry.key).toSorted()).toEqual([...new Set(keys)].toSorted())
  const numbers = new Map(entries.map(({ entry }) => [entry.key, entry.number]))
  for (const { key, number } of appended) expect(number).toBe(numbers.get(key))
  expect(appended.filter(({ created }) => created)).toHaveLength(entries.length)
})

test('a chain is read once in a process, however much is appended', async () => {
  const { objects, signer } = await aPlace()
  const reads: string[] = []
  const counting = { ...objects, get: (key: string) => (reads.push(key), objects.get(key)) }
  const log = audit(counting)
  for (let index = 0; index < 50; index += 1) await log.append('c', aDraft(String(index)), signer)
  expect(reads.filter((key) => key === 'audit/c/1').length).toBeLessThanOrEqual(3)
  expect(reads.length).toBeLessThan(200)
})

test('an entry that nobody trusted has signed is an error to whoever reads on', async () => {
  const { objects, signer } = await aPlace()
  await audit(objects).append('c', aDraft('a'), signer)
  await audit(objects).append('c', aDraft('b'), aSigner())
  await expect(audit(objects).entries('c', keysOf(signer))).rejects.toMatchObject({ code: 'store-corrupt' })
  await expect(audit(objects).find('c', 'b', keysOf(signer))).rejects.toMatchObject({ code: 'store-corrupt' })
})

test('heads that have not moved are signed once', async () => {
  const { objects, signer, heads } = await aChain()
  expect(heads.map(({ number }) => number)).toEqual([1, 2])
  expect(await sealHeads(objects, { signer, by: 'test' })).toMatchObject({ number: 2, created: false })
  const [, { entry } = { entry: undefined }] = await audit(objects).entries('root', keysOf(signer))
  expect(entry?.body).toMatchObject({ heads: [{ chain: 'audit/model:delay', number: 1 }, { number: 4 }] })
})

test('what was written verifies', async () => {
  const place = await aChain()
  expect(await faultsIn(place)).toEqual([])
  for (const head of place.heads) expect(await faultsIn(place, head)).toEqual([])
})

const CHAINS = ['root/1', 'root/2', 'service:delay/1', 'service:delay/2', 'service:delay/3', 'service:delay/4'] as const

test.each(CHAINS)('entry %s with a bit flipped anywhere is found and named', async (name) => {
  const place = await aChain()
  const random = seeded(chosenSeed())
  const path = join(place.root, 'audit', name)
  const whole = await readFile(path)
  for (let flips = 0; flips < 12; flips += 1) {
    const bit = Math.floor(random() * whole.length * 8)
    await change(path, () => whole.with(bit >> 3, (whole[bit >> 3] ?? 0) ^ (1 << (bit & 7))))
    expect(await placesIn(place)).toContain(`audit/${name}`)
  }
})

test.each(CHAINS)('entry %s removed is found and named', async (name) => {
  const place = await aChain()
  await rm(join(place.root, 'audit', name))
  expect(await placesIn(place, place.heads[1])).toContain(`audit/${name}`)
})

test('the newest entries removed are found by the heads of the root chain', async () => {
  const place = await aChain()
  await rm(join(place.root, 'audit/service:delay/4'))
  await rm(join(place.root, 'audit/service:delay/3'))
  expect(await faultsIn(place)).toEqual([
    expect.stringMatching(/^audit\/service:delay\/4: [0-9a-f]{64}, named by audit\/root\/2, none$/),
  ])
})

test('a chain removed with its name is found', async () => {
  const place = await aChain()
  await rm(join(place.root, 'audit/service:delay'), { recursive: true })
  await rm(join(place.root, 'audit-names/service:delay'))
  expect(await placesIn(place)).toEqual(['audit/service:delay/2', 'audit/service:delay/4'])
})

test('the root chain cut short is found by a head that was kept elsewhere, and by nothing else', async () => {
  const place = await aChain()
  await rm(join(place.root, 'audit/root/2'))
  expect(await faultsIn(place)).toEqual([])
  expect(await placesIn(place, place.heads[1])).toEqual(['audit/root/2'])
})

test('two entries that changed places are found, although each is signed', async () => {
  const place = await aChain()
  const at = (n: number): string => join(place.root, `audit/service:delay/${n}`)
  await rename(at(2), at(9))
  await rename(at(3), at(2))
  await rename(at(9), at(3))
  const faults = await faultsIn(place)
  expect(faults).toEqual(
    expect.arrayContaining([
      'audit/service:delay/2: service:delay/2, service:delay/3',
      'audit/service:delay/3: service:delay/3, service:delay/2',
    ]),
  )
})

test('a chain signed anew by a trusted key from some entry on is found by the heads', async () => {
  const place = await aChain()
  for (const n of [2, 3, 4]) await rm(join(place.root, `audit/service:delay/${n}`))
  const log = audit(folderStore(place.root))
  for (const key of ['x', 'y', 'z']) await log.append('service:delay', aDraft(key), place.signer)
  expect(await placesIn(place)).toEqual(['audit/service:delay/2', 'audit/service:delay/4'])
})

test('an entry exchanged for another one, rightly signed, is found by the link of the next', async () => {
  const place = await aChain()
  const [first] = await audit(place.objects).entries('service:delay', keysOf(place.signer))
  const at = { chain: 'service:delay', number: 2, previous: first?.digest ?? null }
  const other = sealEntry(
    { kind: 'noted', by: 'test', at: '2026-01-01T00:00:00.000Z', ...at, key: 'b', body: 1 },
    place.signer,
  )
  await change(join(place.root, 'audit/service:delay/2'), () => other)
  expect(await faultsIn(place)).toContainEqual(
    expect.stringMatching(/^audit\/service:delay\/3: after [0-9a-f]{64}, after [0-9a-f]+…$/),
  )
})

test('versions of a model are under the heads too', async () => {
  const place = await aPlace()
  const { root, objects, signer } = place
  const files = artifacts(objects)
  await registry(objects, files).register(await aRegistration(files), signer)
  await sealHeads(objects, { signer, by: 'test' })
  expect(await faultsIn(place)).toEqual([])
  await rm(join(root, 'registry/delay/1'))
  expect(await placesIn(place)).toEqual(['registry/delay/1'])
})
