import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { day, layDays, rowsOf, writeFlights } from './flights.ts'
import { flightsPipeline } from './flights-pipeline.ts'
import { aFlightsRig, digestsOf, type FlightsRig, type Ran } from './flights-rig.ts'

/** Of the day before the last one: rows of that file stand on both sides. */
const AS_OF = '2001-01-06T12:00:00Z'
/** Of a row up to here the outcome is known at asOf. */
const KNOWN = '2001-01-06T06:00:00Z'

/** Nothing of the kind is in the flights; the first two are as their contract wants them, the others are not. */
const WILD = `SELECT * REPLACE (
  CASE place % 4 WHEN 3 THEN -9999 ELSE 1440 END AS delay, CASE place % 4 WHEN 2 THEN -1 ELSE 77777 END AS distance,
  CASE place % 2 WHEN 0 THEN 'QQQ' ELSE 'poison' END AS origin, 'QQZ' AS destination) FROM flights`
const POISON = ['QQQ', 'QQZ', 'poison']

let rig: FlightsRig

beforeAll(async () => {
  rig = await aFlightsRig()
  await rig.startWorker()
}, 120_000)

afterAll(() => rig.remove())

function folder(name: string): string {
  return join(rig.project.root, name)
}

function over(name: string): string {
  return flightsPipeline({ source: `parquet('${name}/*.parquet', { quarantineAtMost: 0.001 })`, window: '5 days' })
}

async function expectNoPoison({ outputs }: Ran): Promise<void> {
  const { features, train, evaluate, ...others } = outputs
  const { report, page } = others['validate:flights']
  const files = [train.model, train.training, evaluate.report, evaluate.page, report, page]
  const texts = await Promise.all(files.map(({ $file }) => rig.project.store.artifacts.get($file)))
  const all = Buffer.concat(texts.map((bytes) => Buffer.from(bytes))).toString('latin1')
  for (const text of POISON) expect(all).not.toContain(text)
  const traces = `SELECT 1 FROM features WHERE origin IN ('QQQ', 'poison') OR distance IN (77777, -1)`
  expect(await rowsOf({ features: rig.artifactAt(features.table.file) }, traces)).toEqual([])
}

describe('poison in files of asOf and later', () => {
  it('leaves no trace: past the reading of the files nothing is made anew', async () => {
    await layDays(folder('days'), 1, 5)
    const clean = await rig.run(over('days'), 6)
    await writeFlights(join(folder('days'), day(6).file), 6, WILD)
    await writeFlights(join(folder('days'), day(7).file), 7, WILD)
    const poisoned = await rig.run(over('days'), 6)
    expect(poisoned.worked).toEqual(['source:flights', 'ingest:flights'])
    expect(digestsOf(poisoned)).toEqual(digestsOf(clean))
    await expectNoPoison(poisoned)
  })
})

/** Five days as they were, and of the sixth what a query finds. */
async function lay(name: string, query: string): Promise<void> {
  await layDays(folder(name), 1, 5)
  await writeFlights(join(folder(name), day(6).file), 6, query)
}

/** A part's name comes from its file's bytes, and those do differ. */
function comparable(table: string): string {
  return `SELECT * EXCLUDE ("$part", "$bucket") FROM ${table}`
}

describe('poison in a file on both sides of asOf', () => {
  /** Rows before asOf as they were, but for the outcomes of those after `KNOWN`. */
  const both = (unknown: string): string =>
    `SELECT * REPLACE (CASE WHEN date > '${KNOWN}' THEN ${unknown} ELSE delay END AS delay) FROM flights WHERE date < '${AS_OF}'`
  const after = `${WILD} WHERE date >= '${AS_OF}'`

  const runs: Record<string, Ran> = {}
  beforeAll(async () => {
    await lay('clean', both('delay'))
    await lay('poisoned', `${both('-9999')} UNION ALL ${after}`)
    runs['clean'] = await rig.run(over('clean'), AS_OF)
    runs['poisoned'] = await rig.run(over('poisoned'), AS_OF)
  }, 120_000)

  it('leaves no trace in features, model and reports', async () => {
    const { clean, poisoned } = runs
    if (clean === undefined || poisoned === undefined) throw new Error('expected two runs')
    await expectNoPoison(poisoned)
    const files = {
      one: rig.artifactAt(clean.outputs.features.table.file),
      other: rig.artifactAt(poisoned.outputs.features.table.file),
    }
    expect(await rowsOf(files, `(${comparable('one')}) EXCEPT ALL (${comparable('other')})`)).toEqual([])
    expect(await rowsOf(files, `(${comparable('other')}) EXCEPT ALL (${comparable('one')})`)).toEqual([])
    const [{ model, training, evaluation, root }, other] = [digestsOf(clean), digestsOf(poisoned)]
    expect(other).toMatchObject({ model, training, evaluation, root })
    const reports = [clean, poisoned].map(({ outputs }) => outputs['validate:flights'].report.$file)
    expect(reports[0]).toBe(reports[1])
  })

  it('trains on, holds out and looks back on no row whose outcome is not known at asOf', async () => {
    const { outputs } = runs['poisoned'] ?? {}
    if (outputs === undefined) throw new Error('expected a run')
    const { features, train, evaluate } = outputs
    const table = rig.artifactAt(features.table.file)
    const [[last]] = (await rowsOf({ features: table }, 'SELECT max("$time") FROM features')) as [[string]]
    expect(last <= '2001-01-06 06:00:00').toBe(true)
    expect(last > '2001-01-06 05:00:00').toBe(true)
    expect(train.rows + evaluate.rows).toBe(features.table.rows)
    // -9999 minutes for everybody who left in the last six hours: no share and no mean shows it.
    const lateAll = 'SELECT count(*) FROM features WHERE abs(origin_delay_6h) > 1000'
    expect(await rowsOf({ features: table }, lateAll)).toEqual([['0']])
  })
})
