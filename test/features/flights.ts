import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withDuckDb, quoteText } from '../../data/duckdb.ts'
import type { Dataset } from '../../data/dataset.ts'
import { contract, features, history, label, mean, share, z } from '../../dsl/index.ts'
import { datasetOf, featuresSpec } from './specs.ts'

export const flights = contract('flights', {
  key: 'row',
  time: 'date',
  outcomesKnownAfter: '6 hours',
  columns: { date: z.date(), distance: z.int(), origin: z.string(), destination: z.string() },
  outcomes: { delay: z.int() },
})

export const flightFeatures = features('delay', flights, (f) => ({
  hour: f.date.hour(),
  weekday: f.date.weekday(),
  distance: f.distance,
  origin: f.origin,
  destination: f.destination,
  origin_late_24h: history(flights, { by: { origin: f.origin }, within: '24 hours' }, (past) =>
    share(past.delay.gt(15)),
  ).orElse(0.2),
  origin_late_7d: history(flights, { by: { origin: f.origin }, within: '7 days' }, (past) =>
    share(past.delay.gt(15)),
  ).orElse(0.2),
  destination_late_24h: history(flights, { by: { destination: f.destination }, within: '24 hours' }, (past) =>
    share(past.delay.gt(15)),
  ).orElse(0.2),
  origin_delay_6h: history(flights, { by: { origin: f.origin }, within: '6 hours' }, (past) => mean(past.delay)).orElse(
    0,
  ),
}))

const late = label(flights, (f) => f.delay.gt(15))

export const flightsSpec = featuresSpec(flightFeatures, late, { windowMillis: 90 * 86_400_000 })

/** The flights with `$part` and `$row`, those that fulfil the condition. */
export async function flightsDataset(path: string, where: string): Promise<Dataset> {
  const source = join(dirname(fileURLToPath(import.meta.resolve('vega-datasets'))), '../data/flights-3m.parquet')
  await withDuckDb({ memoryMib: 1000, threads: 2 }, async (connection) => {
    await connection.run(
      `COPY (SELECT * FROM (SELECT *, 'abcdefabcdefabcd' AS "$part", row_number() OVER () - 1 AS "$row"
      FROM read_parquet(${quoteText(source)})) WHERE ${where}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`,
    )
  })
  return datasetOf(flights, [path])
}
