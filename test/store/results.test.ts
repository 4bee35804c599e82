import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { digestOf } from '../../dsl/digest.ts'
import type { Digest, Json } from '../../dsl/plan.ts'
import { artifactKey, artifacts } from '../../store/artifacts.ts'
import type { Claim } from '../../store/claim.ts'
import { StoreError } from '../../store/errors.ts'
import { folderStore } from '../../store/folder-store.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import { identityOf, ownIdentity } from '../../store/process-identity.ts'
import type { Owner } from '../../store/result-record.ts'
import { results, type Results } from '../../store/results.ts'
import { waitOrClaim } from '../../store/wait-or-claim.ts'
import { temporaryFolder } from './temporary-folder.ts'

const key: Digest = digestOf('a key')
const folder = `results/${key.slice(0, 2)}/`
const meta = { pipeline: 'flights', node: 'train', run: 'run:flights:1', finishedAt: '2026-01-01T00:00:00.000Z' }
const me: Owner = { ...ownIdentity(), run: 'run:flights:1', node: 'train' }
const elsewhere: Owner = { ...me, host: 'elsewhere' }

async function anOpenStore(): Promise<{ store: ObjectStore; all: Results }> {
  const store = folderStore(await temporaryFolder())
  return { store, all: results(store, artifacts(store)) }
}

async function claimed(all: Results, owner: Owner = me): Promise<Claim> {
  const answer = await all.claim(key, owner)
  if (answer.state !== 'claimed') throw new Error(`expected the claim, got ${answer.state}`)
  return answer.claim
}

async function takenOver(all: Results, revision: number, owner: Owner = me): Promise<Claim> {
  const answer = await all.takeOver(key, owner, revision)
  if (answer.state !== 'claimed') throw new Error(`expected the claim, got ${answer.state}`)
  return answer.claim
}

test('a published result is found, with its output and digest, and nothing else stays', async () => {
  const { store, all } = await anOpenStore()
  expect(await all.find(key)).toBeUndefined()
  const { result, adopted } = await (await claimed(all)).publish({ auc: 0.8, b: [1] }, { meta })
  expect(adopted).toBe(false)
  expect(result).toMatchObject({ key, digest: digestOf({ auc: 0.8, b: [1] }), artifacts: [], meta })
  expect(await all.find(key)).toEqual(result)
  expect(await all.output(result)).toEqual({ auc: 0.8, b: [1] })
  expect(await store.list(folder)).toEqual([`${folder}${key}.2`])
})

test('who made a result and when is outside its digest', async () => {
  const [a, b] = [await anOpenStore(), await anOpenStore()]
  const first = await (await claimed(a.all)).publish('same', { meta })
  const second = await (await claimed(b.all)).publish('same', { meta: { ...meta, run: 'run:flights:2' } })
  expect(second.result.digest).toBe(first.result.digest)
})

test.each([
  ['16 KiB stand in the record', 16 * 1024, true],
  ['a byte more is an artifact', 16 * 1024 + 1, false],
])('of an output %s', async (_, bytes, inline) => {
  const { store, all } = await anOpenStore()
  const output: Json = 'x'.repeat(bytes - 2)
  const { result } = await (await claimed(all)).publish(output, { meta })
  expect(result.bytes).toBe(bytes)
  expect('value' in result).toBe(inline)
  expect(await store.has(artifactKey(result.digest))).toBe(!inline)
  expect(await all.output(result)).toBe(output)
})

test('a second claim finds the holder, and after the publication the result', async () => {
  const { all } = await anOpenStore()
  const claim = await claimed(all)
  expect(await all.claim(key, elsewhere)).toMatchObject({ state: 'held', revision: 1, holder: ownIdentity() })
  const { result } = await claim.publish(1, { meta })
  expect(await all.claim(key, elsewhere)).toEqual({ state: 'done', result })
})

test('an attempt that was taken over cannot publish while the other works', async () => {
  const { all } = await anOpenStore()
  const stale = await claimed(all, elsewhere)
  const fresh = await takenOver(all, 1)
  await expect(stale.publish('stale', { meta })).rejects.toMatchObject({ code: 'superseded' })
  await expect(stale.renew()).rejects.toMatchObject({ code: 'superseded' })
  expect((await fresh.publish('fresh', { meta })).adopted).toBe(false)
})

test('an attempt that was taken over adopts what the other has published', async () => {
  const { all } = await anOpenStore()
  const stale = await claimed(all, elsewhere)
  const { result } = await (await takenOver(all, 1)).publish('fresh', { meta })
  expect(await stale.publish('stale', { meta })).toEqual({ result, adopted: true })
})

test('an attempt that claims the first revision again, after it was removed, can only adopt', async () => {
  const { store, all } = await anOpenStore()
  // It looks for the first and the second revision while there is neither.
  let emptyAnswers = 2
  const behind: ObjectStore = {
    ...store,
    get: async (name) => (emptyAnswers-- > 0 ? undefined : await store.get(name)),
  }
  const { result } = await (await claimed(all)).publish('first', { meta })
  const late = await claimed(results(behind, artifacts(store)), elsewhere)
  expect(await late.publish('late', { meta })).toEqual({ result, adopted: true })
  expect(await all.find(key)).toEqual(result)
})

test('only one of two attempts takes over the same holder', async () => {
  const { all } = await anOpenStore()
  await claimed(all, elsewhere)
  await takenOver(all, 1)
  expect(await all.takeOver(key, elsewhere, 1)).toMatchObject({ state: 'held', revision: 2, holder: ownIdentity() })
})

test('a released claim is free for the next attempt, and worthless for the one that had it', async () => {
  const { all } = await anOpenStore()
  const first = await claimed(all)
  await first.renew()
  await first.release()
  const second = await claimed(all, elsewhere)
  await expect(first.publish('late', { meta })).rejects.toMatchObject({ code: 'superseded' })
  expect((await second.publish('kept', { meta })).result.value).toBe('kept')
})

test('a renewal changes the sign that waiters see', async () => {
  const { all } = await anOpenStore()
  const claim = await claimed(all)
  const before = await all.claim(key, elsewhere)
  await claim.renew()
  const after = await all.claim(key, elsewhere)
  expect(after).toMatchObject({ state: 'held', revision: 1, holder: ownIdentity() })
  expect(after).not.toMatchObject({ sign: 'sign' in before ? before.sign : '' })
})

test('renewals leave nothing behind', async () => {
  const { store, all } = await anOpenStore()
  const claim = await claimed(all)
  for (let beat = 0; beat < 12; beat += 1) await claim.renew()
  expect(await store.list(folder)).toHaveLength(2)
  const last = claim.renew()
  await claim.publish(1, { meta })
  await last
  expect(await store.list(folder)).toEqual([`${folder}${key}.2`])
})

test('what a holder that was killed right after its publication left behind goes with the next claim', async () => {
  const { store, all } = await anOpenStore()
  const killed: ObjectStore = { ...store, delete: () => Promise.reject(new StoreError('store-io', 'killed')) }
  const claim = await claimed(results(killed, artifacts(store)))
  await claim.renew().catch(() => undefined)
  const { result } = await claim.publish(1, { meta })
  expect(await store.list(folder)).toHaveLength(3)
  expect(await all.claim(key, elsewhere)).toEqual({ state: 'done', result })
  expect(await store.list(folder)).toEqual([`${folder}${key}.2`])
})

test('waiting ends with the result that the holder publishes', async () => {
  const { all } = await anOpenStore()
  const claim = await claimed(all)
  let publishing: Promise<unknown> | undefined
  const onWait = (): void => void (publishing ??= claim.publish('done', { meta }))
  const answer = await waitOrClaim(all, { key, owner: elsewhere }, { leaseMillis: 60_000, onWait })
  expect(answer).toMatchObject({ state: 'done', result: { value: 'done' } })
  await publishing
})

test('a dead holder of this host is taken over without waiting', async () => {
  const { all } = await anOpenStore()
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const identity = identityOf(child.pid)
  if (identity === undefined) throw new Error('expected the child to run')
  await claimed(all, { ...me, ...identity })
  child.kill('SIGKILL')
  await once(child, 'exit')
  const waits: unknown[] = []
  const options = { leaseMillis: 60_000, onWait: (held: unknown) => waits.push(held) }
  const answer = await waitOrClaim(all, { key, owner: me }, options)
  expect(answer).toMatchObject({ state: 'claimed', claim: { revision: 2 } })
  expect(waits).toEqual([])
})

test('a holder of another host is taken over after a lease of silence, not while it renews', async () => {
  const { all } = await anOpenStore()
  const claim = await claimed(all, elsewhere)
  let renewals = 0
  const onWait = (): void => {
    renewals += 1
    if (renewals <= 5) void claim.renew()
  }
  const start = performance.now()
  const answer = await waitOrClaim(all, { key, owner: me }, { leaseMillis: 1000, onWait })
  expect(answer).toMatchObject({ state: 'claimed', claim: { revision: 2 } })
  expect(renewals).toBeGreaterThan(5)
  expect(performance.now() - start).toBeGreaterThan(1000 + 20 + 30 + 45)
})

test('a claim that a power cut emptied is held until its lease ends', async () => {
  const { store, all } = await anOpenStore()
  await store.putIfAbsent(`${folder}${key}.1`, new Uint8Array())
  expect(await all.claim(key, me)).toMatchObject({ state: 'held', revision: 1 })
  expect(await waitOrClaim(all, { key, owner: me }, { leaseMillis: 30 })).toMatchObject({ state: 'claimed' })
})

test('a wait ends with the reason of its signal', async () => {
  const { all } = await anOpenStore()
  await claimed(all)
  const cancel = new AbortController()
  const reason = new Error('run cancelled')
  const options = { leaseMillis: 60_000, signal: cancel.signal, onWait: () => cancel.abort(reason) }
  await expect(waitOrClaim(all, { key, owner: me }, options)).rejects.toBe(reason)
})

test('a result with any byte altered is refused or no result at all', async () => {
  const { store, all } = await anOpenStore()
  await (await claimed(all)).publish({ auc: 0.8 }, { meta })
  const name = `${folder}${key}.2`
  const bytes = (await store.get(name)) ?? new Uint8Array()
  const read: number[] = []
  for (let at = 0; at < bytes.length; at += 1) {
    const altered = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ 1 : byte))
    await store.delete(name)
    await store.putIfAbsent(name, altered, { durable: false })
    const found = await all.find(key).catch((error: unknown) => error)
    if (found !== undefined && !(found instanceof StoreError && found.code === 'store-corrupt')) read.push(at)
  }
  expect(read).toEqual([])
})
