import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { layDays, writeFlights } from '../batch/flights.ts'
import { asOfParam, withPlan, type Outputs, type Ran } from '../batch/flights-rig.ts'
import { eventually } from '../engine/eventually.ts'
import { between, rowsOf } from './asking.ts'
import { aCopyOfRefreshRig, aRefreshRig, servedPipeline, TRAINED, type RefreshRig } from './refresh-rig.ts'

let rig: RefreshRig
let trained: Ran
/** Of all flights up to the seventh day. */
let offline: Outputs['features']

beforeAll(async () => {
  ;({ rig, trained } = await aRefreshRig())
  await layDays(join(rig.project.root, 'flights'), TRAINED, 7)
  const whole = await rig.compile(servedPipeline())
  const nodes = whole.plan.nodes.filter(({ kind }) => ['source', 'ingest', 'validate', 'features'].includes(kind))
  const featured = await withPlan(rig.project, whole, { nodes, results: ['features'] })
  const ran = await rig.ran(await rig.start(featured, asOfParam(7)))
  offline = ran.outputs.features
}, 240_000)

afterAll(() => rig.remove())

it('a step is published once, and one that a later one has overtaken is not', { timeout: 120_000 }, async () => {
  const first = await rig.refresh(6)
  expect(first).toEqual({ state: 'refreshed', reason: 'refresh 1 knows rows to 2001-01-07T23:59:00.000000Z' })
  expect(await rig.refresh(6)).toEqual(first)
  expect(await rig.refresh(5)).toMatchObject({ state: 'skipped', reason: expect.stringContaining('later than') })
  const chain = await rig.chain()
  expect(chain.map(({ refresh }) => refresh)).toMatchObject([
    {
      number: 1,
      previous: null,
      at: '2001-01-06T00:00:00.000000Z',
      // The third day is left out, so that windows of 24 and 6 hours are whole from the fifth day's sixth hour on.
      files: [{ asOf: '2001-01-08T00:00:00.000000Z', coversFrom: expect.stringMatching(/^2001-01-05T05:/) }],
    },
  ])
})

it(
  'rows of refreshed days come out as a feature table has them, rows before them as at training',
  { timeout: 120_000 },
  async () => {
    await rig.refresh(6)
    const { address } = await rig.gateway()
    const asked = await rowsOf(rig, offline, 4000)
    const fresh = between(asked.samples, '2001-01-05T06:00:00Z', '2001-01-07T00:00:00Z')
    expect(fresh.length).toBeGreaterThan(2000)
    expect(await asked.skews(address, fresh)).toEqual([])
    const uncovered = between(asked.samples, '2001-01-04T12:00:00Z', '2001-01-05T05:00:00Z')
    const names = (await asked.skews(address, uncovered)).map(({ feature }) => feature)
    expect(names.toSorted()).toEqual(['origin_delay_6h', 'origin_late_24h'])
    const own = await rowsOf(rig, trained.outputs.features, 1000)
    expect(await own.skews(address, own.samples)).toEqual([])
  },
)

it('rows that break their contract leave the file that was there, and are told of', { timeout: 120_000 }, async () => {
  const copy = await aCopyOfRefreshRig(rig)
  try {
    await copy.refresh(6)
    const before = await copy.chain()
    const folder = join(copy.project.root, 'flights')
    await writeFlights(join(folder, 'flights-2001-01-08.parquet'), 8, `SELECT * REPLACE (-5 AS distance) FROM flights`)
    expect(await copy.refresh(7)).toEqual({
      state: 'data-rejected',
      reason: expect.stringMatching(/^source "flights", quarantine: expected at most 0\.001 .*, got 1\d{4} of \d{5}$/),
    })
    await writeFile(join(folder, 'flights-2001-01-09.parquet'), 'no flights')
    expect(await copy.refresh(7)).toMatchObject({ state: 'data-rejected', reason: expect.stringContaining('01-09') })
    expect(await copy.chain()).toEqual(before)
  } finally {
    await copy.remove()
  }
})

it('what a candidate looks up by other expressions has a file of its own', { timeout: 180_000 }, async () => {
  const copy = await aCopyOfRefreshRig(rig)
  try {
    await copy.startWorker()
    const gateway = await copy.gateway()
    const { stable } = (await copy.newest()).state
    const features = `origin_distance_12h: history(flights, { by: { origin: f.origin }, within: '12 hours' }, (p) => mean(p.distance)).orElse(0),`
    await copy.run(servedPipeline({ features }), TRAINED)
    const { stable: other } = (await copy.newest()).state
    const candidate = other && { ...other, share: 0 }
    await copy.publish({ stable, candidate, until: '2099-01-01T00:00:00.000Z' })
    await copy.refresh(7)
    const files = (await copy.chain()).at(-1)?.refresh.files ?? []
    expect(new Set(files.map(({ expressions }) => expressions)).size).toBe(2)
    expect(new Set(files.map(({ file }) => file)).size).toBe(2)
    const followed = (): number => copy.facts.filter(({ event }) => event === 'features-followed').length
    await eventually('the gateway looks both up', () => followed() >= 2)
    expect(gateway.address).toMatch(/^http/)
  } finally {
    await copy.remove()
  }
})
