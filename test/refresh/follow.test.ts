import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { artifactKey } from '../../store/artifacts.ts'
import { layDays } from '../batch/flights.ts'
import { eventually } from '../engine/eventually.ts'
import { aCopyOfRefreshRig, aRefreshRig, SERVICE, TRAINED, type RefreshRig } from './refresh-rig.ts'

const [FIRST, SECOND] = [`online/${SERVICE}/1`, `online/${SERVICE}/2`]

let rig: RefreshRig

beforeAll(async () => {
  ;({ rig } = await aRefreshRig())
  await layDays(join(rig.project.root, 'flights'), TRAINED, 9)
  await rig.refresh(6)
  await rig.refresh(7)
}, 240_000)

afterAll(() => rig.remove())

/** At noon of a day; asked by version, which may be of any time. */
async function lateAt(address: string, day: number): Promise<{ readonly status: number; readonly value: unknown }> {
  const inputs = Object.entries({ distance: 100, origin: 'ATL', date: `2001-01-0${day}T12:00:00Z` }).map(
    ([name, value]) => ({
      name,
      datatype: typeof value === 'number' ? 'INT64' : 'BYTES',
      shape: [1],
      data: [value],
    }),
  )
  const url = `${address}/v2/models/${SERVICE}/versions/1/infer`
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ inputs, parameters: { features: true } }),
  })
  const { outputs } = (await response.json()) as {
    readonly outputs?: readonly { readonly name: string; readonly data: readonly unknown[] }[]
  }
  return { status: response.status, value: outputs?.find(({ name }) => name === 'feature:origin_late_24h')?.data[0] }
}

async function asOfMetric(address: string): Promise<string | undefined> {
  const text = await (await fetch(`${address}/metrics`)).text()
  return /^anneal_gateway_features_as_of_seconds\{.*\} (\d+)$/m.exec(text)?.[1]
}

function event(of: RefreshRig, name: string): readonly Readonly<Record<string, unknown>>[] {
  return of.facts.filter((fact) => fact['event'] === name)
}

it(
  'a gateway follows refreshes while it answers, and keeps the newest file beside the model’s own',
  { timeout: 240_000 },
  async () => {
    const copy = await aCopyOfRefreshRig(rig)
    try {
      await rm(pathOf(copy, SECOND))
      const { address } = await copy.gateway()
      const answers: { readonly status: number; readonly value: unknown }[] = []
      const over = new AbortController()
      const asking = Array.from({ length: 4 }, async () => {
        while (!over.signal.aborted) {
          answers.push(await lateAt(address, 8))
          await delay(5)
        }
      })
      const before = await lateAt(address, 8)
      for (const at of [7, 8]) {
        expect(await copy.refresh(at)).toMatchObject({ state: 'refreshed' })
        await eventually('the gateway follows', () => event(copy, 'features-followed').length === at - 5)
      }
      const after = await lateAt(address, 8)
      over.abort()
      await Promise.all(asking)
      expect(before.value).not.toBe(after.value)
      expect(answers.length).toBeGreaterThan(20)
      expect(answers.filter(({ status }) => status !== 200)).toEqual([])
      expect(await asOfMetric(address)).toBe(String(Date.parse('2001-01-09T23:59:00Z') / 1000))
      const files = (await readdir(join(copy.project.stateFolder, 'gateway-0'), { recursive: true })).filter((name) =>
        name.includes('online-features'),
      )
      expect(files).toHaveLength(2)
    } finally {
      await copy.remove()
    }
  },
)

/** Of the second refresh; each answers what stands in its place. */
const SPOILT: readonly (readonly [string, RegExp, (of: RefreshRig, entry: Buffer) => Promise<Uint8Array>])[] = [
  [
    'a file that was altered',
    /expected sha256 [0-9a-f]{64}, got/,
    async (of, entry) => {
      const { payload } = JSON.parse(entry.toString()) as { readonly payload: string }
      const [, file = ''] = /"file":"([0-9a-f]{64})"/.exec(Buffer.from(payload, 'base64').toString()) ?? []
      await put(of, artifactKey(file), flipped(await readFile(pathOf(of, artifactKey(file)))))
      return entry
    },
  ],
  ['an entry that was altered', /^online\/flights\/2: expected/, (_, entry) => Promise.resolve(flipped(entry))],
  [
    'an older entry in its place',
    /^online\/flights\/2: expected refresh 2 of "flights", got refresh 1 of "flights"$/,
    (of) => readFile(pathOf(of, FIRST)),
  ],
]

it.each(SPOILT)(
  '%s is refused and told of, and what was looked up stays',
  { timeout: 120_000 },
  async (_, reason, spoil) => {
    const copy = await aCopyOfRefreshRig(rig)
    try {
      const entry = await readFile(pathOf(copy, SECOND))
      await rm(pathOf(copy, SECOND))
      const { address } = await copy.gateway()
      expect(event(copy, 'features-followed')).toMatchObject([{ service: SERVICE, refresh: 1 }])
      const [before, known] = [await lateAt(address, 8), await asOfMetric(address)]
      await put(copy, SECOND, await spoil(copy, entry))
      await eventually('the gateway has refused it', () => event(copy, 'features-refused').length > 0)
      const told = { event: 'features-refused', service: SERVICE, refresh: 2, reason: expect.stringMatching(reason) }
      expect(event(copy, 'features-refused')).toEqual([told])
      expect([await lateAt(address, 8), await asOfMetric(address)]).toEqual([before, known])
      const counted = await (await fetch(`${address}/metrics`)).text()
      expect(counted).toContain(`anneal_gateway_events_total{service="${SERVICE}",event="features-refused"} 1`)
    } finally {
      await copy.remove()
    }
  },
)

function pathOf({ project }: RefreshRig, key: string): string {
  return join(project.stateFolder, 'store', key)
}

/** At once, over what is there. */
async function put(of: RefreshRig, key: string, bytes: Uint8Array): Promise<void> {
  await writeFile(`${pathOf(of, key)}.new`, bytes)
  await rename(`${pathOf(of, key)}.new`, pathOf(of, key))
}

function flipped(bytes: Buffer): Uint8Array {
  const other = Buffer.from(bytes)
  other[other.length >> 1] = (other[other.length >> 1] ?? 0) ^ 1
  return other
}
