import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { withDuckDb } from '../../data/duckdb.ts'
import type { FeatureTable } from '../../data/feature-table.ts'
import type { Dataset } from '../../data/dataset.ts'
import { buildFeatureTable } from '../../features/build-feature-table.ts'
import { compileEvaluator } from '../../features/evaluate.ts'
import { materialize } from '../../features/materialize.ts'
import { openOnlineFeatures } from '../../features/online-store.ts'
import { samplePositions, skewsOf, tableSamples, type Skew, type TableSample } from '../../features/parity.ts'
import Database from 'libsql'
import { sourceView } from '../../features/source-view.ts'
import { flightFeatures, flights, flightsDataset, flightsSpec } from './flights.ts'

const AS_OF = '2001-03-28T02:00:00Z'
const spec = { ...flightsSpec, windowMillis: 20 * 3_600_000 }

let [before, folder] = ['', '']
let dataset: Dataset
let table: FeatureTable
let samples: readonly TableSample[]

beforeAll(async () => {
  ;[before, folder] = [process.cwd(), await mkdtemp(join(tmpdir(), 'anneal-online-'))]
  process.chdir(folder)
  dataset = await flightsDataset(join(folder, 'flights.parquet'), "date >= '2001-03-20' AND date < '2001-03-28'")
  const built = await buildFeatureTable({ spec, asOf: AS_OF, datasets: { flights: dataset } })
  if (built.state !== 'built') throw new Error('features: expected a table, got refused rows')
  ;({ table } = built)
  await materialize({ spec, asOf: AS_OF, datasets: { flights: dataset }, table })
  samples = await allSamples()
}, 60_000)

afterAll(async () => {
  process.chdir(before)
  await rm(folder, { recursive: true, force: true })
})

function allSamples(): Promise<readonly TableSample[]> {
  return withDuckDb({ threads: 2, memoryMib: 500 }, async (connection) => {
    const source = await sourceView(connection, { view: 'source', contract: flights, dataset })
    const positions = samplePositions({ rows: table.rows, newest: table.rows, spread: 0, seed: 1 })
    return tableSamples(connection, { path: table.file.$file, spec, source }, positions)
  })
}

/** Of all rows of the table, evaluated by a file. */
function skewsBy(file: string): readonly Skew[] {
  const online = openOnlineFeatures(file, { features: flightFeatures.features, contracts: [flights] })
  const evaluate = compileEvaluator(flightFeatures.features, { from: 'flights', contracts: [flights] })
  try {
    return skewsOf(
      samples,
      samples.map(({ row }) => evaluate(row, online)),
    )
  } finally {
    online.close()
  }
}

it('ten thousand real flights have the same features at float32 from SQL and from the file', () => {
  expect(samples.length).toBe(table.rows)
  expect(samples.length).toBeGreaterThan(10_000)
  expect(samples.filter(({ offline }) => offline['origin_late_7d'] !== Math.fround(0.2)).length).toBeGreaterThan(9000)
  expect(skewsBy('online.sqlite')).toEqual([])
})

it('a page that was changed is found by the features that read it', async () => {
  await copyFile('online.sqlite', 'changed.sqlite')
  const database = new Database('changed.sqlite')
  const head = JSON.parse(textOf(database.prepare('SELECT body FROM head').raw().get())) as {
    readonly families: readonly { readonly name: string }[]
  }
  const family = head.families.findIndex(({ name }) => name.includes('"destination"'))
  // The last bytes of a page are the totals of its newest instants.
  database.exec(`UPDATE page SET body = CAST(substr(body, 1, length(body) - 800) || zeroblob(800) AS BLOB) WHERE number IN
    (SELECT first_page FROM entity WHERE family = ${family})`)
  database.close()
  const skews = skewsBy('changed.sqlite')
  expect(skews.map(({ feature }) => feature)).toEqual(['destination_late_24h'])
  expect(skews[0]).toMatchObject({ compared: samples.length, firstRow: expect.any(Number) })
  expect(skews[0]?.differing).toBeGreaterThan(0)
})

it('another window than the model was trained with ends as skewed, with the feature, and with no file to serve by', async () => {
  const longer = spec.features.map((feature) =>
    feature.name === 'origin_late_24h'
      ? { ...feature, expression: JSON.parse(JSON.stringify(feature.expression).replace('86400000', '86460000')) }
      : feature,
  )
  await rm('online.sqlite')
  const made = await materialize({
    spec: { ...spec, features: longer },
    asOf: AS_OF,
    datasets: { flights: dataset },
    table,
  })
  expect(made).toEqual({
    state: 'skewed',
    skews: [
      {
        feature: 'origin_late_24h',
        differing: expect.any(Number),
        compared: made.compared,
        firstRow: expect.any(Number),
      },
    ],
    compared: expect.any(Number),
  })
  expect(made.compared).toBeGreaterThan(1800)
})

function textOf(row: unknown): string {
  return String((row as readonly unknown[])[0])
}
