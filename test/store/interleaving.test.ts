import { ok } from 'node:assert'
import { expect, test } from 'vitest'
import type { Json } from '../../dsl/plan.ts'
import { artifacts } from '../../store/artifacts.ts'
import type { Claim } from '../../store/claim.ts'
import { StoreError } from '../../store/errors.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import { results, type Results } from '../../store/results.ts'
import { anOwner, meta, scenarioKey } from './scenarios.ts'

const SCHEDULES = 2000

test('attempts in any order of their store calls agree on one result', { timeout: 120_000 }, async () => {
  const first = Number(process.env['SEED'] ?? Date.now() % 1e9)
  console.log(`schedules from SEED=${first}`)
  let published = 0
  for (let seed = first; seed < first + SCHEDULES; seed += 1) {
    const values = await playOut(seed)
    // None where all attempts died or gave up.
    ok(values.size <= 1, `SEED=${seed}: ${JSON.stringify([...values])}`)
    published += values.size
  }
  expect(published).toBeGreaterThan(SCHEDULES / 2)
})

/** Plays four attempts and a reader in an order that `seed` fixes; answers all values that any of them saw as the result. */
async function playOut(seed: number): Promise<Set<Json | undefined>> {
  const random = randomFrom(seed)
  const stage = aStage(random)
  const store = inMemory(() => stage.turn(), random)
  const all = results(store, artifacts(store))
  const values = new Set<Json | undefined>()
  const see = (value: Json | undefined): void => void values.add(value)
  const players = [1, 2, 3, 4].map((name) => attempt(all, { name, random, see }))
  await stage.play([...players, reader(all, see)])
  const last = await stage.play([all.find(scenarioKey)])
  if (values.size > 0) see(last[0]?.value)
  return values
}

interface Player {
  readonly name: number
  readonly random: () => number
  readonly see: (value: Json | undefined) => void
}

/** Claims, takes over whether or not the holder lives, renews, gives up, dies, publishes a value of its own. */
async function attempt(all: Results, player: Player): Promise<void> {
  const owner = { ...anOwner(), node: String(player.name) }
  for (let tries = 0; tries < 6; tries += 1) {
    let answer = await all.claim(scenarioKey, owner)
    if (answer.state === 'held' && player.random() < 0.5)
      answer = await all.takeOver(scenarioKey, owner, answer.revision)
    if (answer.state === 'done') return player.see(answer.result.value)
    if (answer.state === 'claimed' && (await unlessSuperseded(work(answer.claim, player))) === 'ended') return
  }
}

async function work(claim: Claim, { name, random, see }: Player): Promise<'ended' | 'released'> {
  while (random() < 0.4) await claim.renew()
  if (random() < 0.15) return 'ended'
  if (random() < 0.15) return await claim.release().then(() => 'released' as const)
  const { result } = await claim.publish(`${name}.${claim.revision}.${random()}`, { meta })
  see(result.value)
  return 'ended'
}

async function reader(all: Results, see: (value: Json | undefined) => void): Promise<void> {
  for (let reads = 0; reads < 5; reads += 1) {
    const result = await all.find(scenarioKey)
    if (result !== undefined) see(result.value)
  }
}

async function unlessSuperseded<T>(working: Promise<T>): Promise<T | 'superseded'> {
  try {
    return await working
  } catch (error) {
    if (error instanceof StoreError && error.code === 'superseded') return 'superseded'
    throw error
  }
}

interface Stage {
  /** Waits until the schedule lets the caller go on. */
  turn(): Promise<void>
  play<T>(players: readonly Promise<T>[]): Promise<T[]>
}

function aStage(random: () => number): Stage {
  const waiting: (() => void)[] = []
  return {
    turn: () => new Promise((resolve) => void waiting.push(resolve)),
    play: async (players) => {
      const ended = Promise.all(players)
      const playing = new AbortController()
      const stop = (): void => playing.abort()
      ended.then(stop, stop)
      while (!playing.signal.aborted) {
        await new Promise(setImmediate)
        const [next] = waiting.splice(Math.floor(random() * waiting.length), 1)
        next?.()
      }
      return await ended
    },
  }
}

/** A store whose listing, as a folder's, is not of one moment: each half of the names is read at its own. */
function inMemory(turn: () => Promise<void>, random: () => number): ObjectStore {
  const objects = new Map<string, Uint8Array>()
  const inFirstHalf = new Map<string, boolean>()
  const half = (prefix: string, first: boolean): string[] =>
    [...objects.keys()].filter((key) => key.startsWith(prefix) && inFirstHalf.get(key) === first)
  return {
    putIfAbsent: async (key, bytes) => {
      await turn()
      if (objects.has(key)) return 'exists'
      objects.set(key, bytes)
      inFirstHalf.set(key, random() < 0.5)
      return 'created'
    },
    get: async (key) => {
      await turn()
      return objects.get(key)
    },
    list: async (prefix) => {
      await turn()
      const first = half(prefix, true)
      await turn()
      return [...first, ...half(prefix, false)].toSorted()
    },
    delete: async (key) => {
      await turn()
      objects.delete(key)
    },
    has: async (key) => objects.has(key),
    putFileIfAbsent: () => Promise.reject(new Error('expected no file')),
    stream: () => Promise.reject(new Error('expected no stream')),
    close: () => Promise.resolve(),
  }
}

/** mulberry32: a small generator of [0, 1), equal for equal seeds. */
function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
