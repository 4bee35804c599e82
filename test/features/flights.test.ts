import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withDuckDb } from '../../data/duckdb.ts'
import { buildFeatureTable } from '../../features/build-feature-table.ts'
import { compileEvaluator, type Row } from '../../features/evaluate.ts'
import { pastIndex } from '../../features/past-index.ts'
import { tableRows, workingFolder } from './both-sides.ts'
import { flightFeatures, flights, flightsDataset, flightsSpec } from './flights.ts'

it('ten thousand real flights have the same features at float32 from SQL and from the evaluator', async () => {
  const folder = await workingFolder()
  const path = join(folder, 'flights.parquet')
  const dataset = await flightsDataset(path, "date >= '2001-03-20' AND date < '2001-03-28'")
  const spec = { ...flightsSpec, windowMillis: 20 * 3_600_000 }
  const result = await buildFeatureTable({ spec, asOf: '2001-03-28T02:00:00Z', datasets: { flights: dataset } })
  expect(result.state).toBe('built')

  const rows = await flightRows(path)
  const index = pastIndex(flightFeatures.features, [flights])
  for (const row of rows.values()) index.add('flights', row)
  const evaluate = compileEvaluator(flightFeatures.features, { from: 'flights', contracts: [flights] })
  const table = await tableRows('features.parquet')
  expect(table.length).toBeGreaterThan(10_000)
  const names = flightFeatures.features.map(({ name }) => name)
  const evaluated = table.map((made) => evaluate(rows.get(Number(made['$row'])) ?? {}, index))
  for (const name of names) {
    expect(table.map((made) => made[name])).toStrictEqual(evaluated.map((values) => values[name]))
  }
  const looked = evaluated.filter((values) => values['origin_late_7d'] !== Math.fround(0.2))
  expect(looked.length).toBeGreaterThan(9000)
})

async function flightRows(path: string): Promise<ReadonlyMap<number, Row>> {
  return withDuckDb({ memoryMib: 500, threads: 2 }, async (connection) => {
    const read = await connection.runAndReadAll(
      `SELECT CAST("$row" AS DOUBLE), epoch_us(date), CAST(distance AS DOUBLE), origin, destination, CAST(delay AS DOUBLE)
      FROM read_parquet('${path}')`,
    )
    const rows = read.getRows() as [number, bigint, number, string, string, number][]
    return new Map(
      rows.map(([row, date, distance, origin, destination, delay]) => [
        row,
        { date, distance, origin, destination, delay },
      ]),
    )
  })
}
