import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { monitors } from '../../store/monitors.ts'
import { anOutcome, layDay, put, type ADay } from './traffic-days.ts'
import { SERVICE } from './watched-plan.ts'
import { aClock, BEGAN, DAY_MILLIS, generation, openWatched, serve, type WatchedService } from './watched-service.ts'

const timeout = 240_000

let folder = ''
let services = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anneal-watched-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A service with these days of traffic in the log. */
async function watched(...days: readonly ADay[]) {
  const service = await openWatched(join(folder, String((services += 1))))
  onTestFinished(() => service.close())
  const clock = aClock()
  const served = await serve(service, clock)
  for (const [day, of] of days.entries()) await layDay(service, day, clock, of)
  return { ...service, clock, served }
}

function checkOf(window: Awaited<ReturnType<WatchedService['window']>>, kind: string) {
  const found = window.checks.find((check) => check.kind === kind)
  if (found === undefined) throw new Error(`window ${window.number}: expected a check of ${kind}, got none`)
  return found
}

const HIGH = { x: [99] }

test(
  'windows are evaluated one after the other, each once, from what the log and the windows before say',
  { timeout },
  async () => {
    const { evaluate, window, alerts } = await watched({}, {}, {}, HIGH, { ...HIGH, failed: 200 })
    expect(await evaluate(1)).toMatchObject({ number: 1, alerts: [], retrainFor: [] })
    const first = await window(1)
    expect(first).toMatchObject({
      from: '2001-04-01T00:00:00.000Z',
      end: '2001-04-02T00:00:00.000Z',
      model: 'trips@1',
      counts: { answered: 300, failed: 0, byVersion: { 'trips@1': 300 } },
      labelled: null,
    })
    expect(checkOf(first, 'drift')).toMatchObject({ state: 'wait', rows: 0 })
    await evaluate(2)
    expect(checkOf(await window(2), 'drift')).toMatchObject({ state: 'within', rows: 600, baseline: null })
    await evaluate(3)
    // Outcomes of a day are known 12 hours later, and a day is left to tell them.
    const third = await window(3)
    expect(third.labelled).toMatchObject({ end: first.end, rows: 300 })
    expect(checkOf(third, 'quality')).toMatchObject({ state: 'wait' })
    await evaluate(4)
    const fourth = await window(4)
    expect(checkOf(fourth, 'drift')).toMatchObject({ state: 'breach', breaches: 1, alert: false })
    expect(checkOf(fourth, 'drift').baseline).toBeGreaterThan(0.2)
    // Half of the predictions are 0.3 and half 0.7 off: (0.09 + 0.49) / 2.
    expect(checkOf(fourth, 'quality').value).toBeCloseTo(0.29, 6)
    expect(await alerts()).toEqual([])
    const fifth = await evaluate(5)
    expect(fifth).toMatchObject({
      alerts: ['drift of x by psi', 'availability of errors'],
      retrainFor: [expect.stringContaining('x: psi')],
    })
    expect(fifth.found[0]).toMatch(/^x: psi \d.*, bound 0\.\d+, 2 in a row$/)
    const told = [
      'alert:drift of x by psi/2001-04-06T00:00:00.000Z',
      'alert:availability of errors/2001-04-06T00:00:00.000Z',
    ]
    expect(await alerts()).toEqual(told)
    expect(await evaluate(5)).toEqual(fifth)
    expect(await alerts()).toEqual(told)
  },
)

test('two attempts at once write one window and tell of one alert', { timeout }, async () => {
  const { engine, evaluate, alerts } = await watched({}, HIGH, HIGH, HIGH)
  for (const number of [1, 2]) await evaluate(number)
  for (const number of [3, 4]) {
    const [one, other] = await Promise.all([evaluate(number), evaluate(number)])
    expect(one).toEqual(other)
  }
  expect(await monitors(engine.objects).head(SERVICE)).toBe(4)
  expect(await alerts()).toEqual(['alert:drift of x by psi/2001-04-04T00:00:00.000Z'])
})

test('outcomes that are told late change nothing, and of two the first counts', { timeout }, async () => {
  const never = { toldAfter: null }
  const service = await watched(never, never, {}, {}, {})
  const { engine, evaluate, window, clock } = service
  const wallOf = (day: number): number => Math.floor(Date.parse(clock.wallOrigin) + day * 1000)
  const ids = Array.from({ length: 300 }, (_, at) => `0-${at}`)
  const told = ids.flatMap((id) => [
    anOutcome(id, { at: wallOf(1.5), late: true }),
    anOutcome(id, { at: wallOf(1.6), late: false }),
  ])
  await put(engine, wallOf(1.5), told)
  for (const number of [1, 2, 3]) await evaluate(number)
  expect((await window(3)).labelled).toMatchObject({ rows: 300 })
  // All were late, and said to be so with 0.7.
  await evaluate(4)
  await put(
    engine,
    Date.now(),
    ids.map((id) => anOutcome(id, { at: Date.now(), late: false })),
  )
  const before = await window(4)
  expect(before.labelled).toMatchObject({ end: '2001-04-03T00:00:00.000Z', rows: 0 })
  expect(checkOf(before, 'quality').value).toBeCloseTo(0.09, 6)
  await evaluate(5)
  expect((await window(5)).labelled).toMatchObject({ end: '2001-04-04T00:00:00.000Z' })
  expect(await window(4)).toEqual(before)
})

test('counts go by the clock of their generation, where the clock is set anew within a step', { timeout }, async () => {
  const { evaluate, window, clock, served, ...service } = await watched({}, {})
  // From the middle of day 2 on, a day lasts twice as long.
  const middle = Date.parse(clock.wallOrigin) + 2500
  const slower = {
    eventOrigin: new Date(BEGAN + 2.5 * DAY_MILLIS).toISOString(),
    wallOrigin: new Date(middle).toISOString(),
    scale: clock.scale / 2,
  }
  await generation(service, { stable: served, clock: slower })
  await layDay({ ...service, evaluate, window }, 2, clock, { requests: 40 })
  await layDay({ ...service, evaluate, window }, 3, slower, { requests: 50, generation: 2 })
  await layDay({ ...service, evaluate, window }, 4, slower, { requests: 60, generation: 2 })
  for (const number of [1, 2, 3, 4, 5]) await evaluate(number)
  const windows = await Promise.all([1, 2, 3, 4, 5].map((number) => window(number)))
  expect(windows.map(({ counts }) => counts.answered)).toEqual([300, 300, 40, 50, 60])
  expect(windows.map(({ labelled }) => labelled?.rows)).toEqual([undefined, undefined, 300, 300, 40])
})

test('a service that nobody asks waits, and missing values are seen', { timeout }, async () => {
  const { evaluate, window } = await watched({ missingEvery: 4 }, { missingEvery: 4 })
  await evaluate(1)
  expect(checkOf(await window(1), 'missing')).toMatchObject({ state: 'wait' })
  expect((await evaluate(2)).found).toContain('stops: missing 25 %, bound 10 %')
  await evaluate(3)
  await evaluate(4)
  const silent = await window(4)
  expect(silent.counts.answered).toBe(0)
  for (const kind of ['drift', 'missing'] as const) expect(checkOf(silent, kind).state).toBe('wait')
})
