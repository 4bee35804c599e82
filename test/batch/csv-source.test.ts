import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeReports } from '../../cli/run/reports-command.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { rowsOf, writeFlights } from './flights.ts'
import { flightsPipeline } from './flights-pipeline.ts'
import { aFlightsRig, digestsOf, type FlightsRig } from './flights-rig.ts'

const DAYS = 4

let rig: FlightsRig

beforeAll(async () => {
  rig = await aFlightsRig()
  await rig.startWorker()
}, 120_000)

afterAll(() => rig.remove())

function pipelineOver(format: 'csv' | 'parquet'): string {
  return flightsPipeline({
    source: `${format}('${format}/*.${format}')`,
    key: "['date', 'flight']",
    columns: 'flight: z.int()',
    window: '4 days',
  })
}

it(
  'flights in CSV files with a key make the model that the same flights in Parquet files make',
  { timeout: 180_000 },
  async () => {
    await mkdir(join(rig.project.root, 'csv'), { recursive: true })
    for (let number = 1; number <= DAYS; number += 1) {
      const sound = 'SELECT * RENAME (place AS flight) FROM flights WHERE delay BETWEEN -120 AND 1440'
      const day = await writeFlights(join(rig.project.root, `parquet/day-${number}.parquet`), number, sound)
      const dates = `SELECT * REPLACE (strftime(date, '%Y-%m-%dT%H:%M:%SZ') AS date) FROM day`
      await rowsOf(
        { day },
        `COPY (${dates}) TO '${join(rig.project.root, `csv/day-${number}.csv`)}' (FORMAT csv, HEADER)`,
      )
    }
    const fromParquet = await rig.run(pipelineOver('parquet'), DAYS + 1)
    const fromCsv = await rig.run(pipelineOver('csv'), DAYS + 1)
    expect(fromCsv).toMatchObject({ outcome: 'completed' })
    expect(fromCsv.outputs['validate:flights']).toMatchObject({ passed: true, quarantined: 0 })
    const [one, other] = [digestsOf(fromParquet), digestsOf(fromCsv)]
    expect([other.model, other.training, other.root]).toEqual([one.model, one.training, one.root])
    // Of the same files and evidence: the version that there is.
    expect(fromCsv.outputs.register.version).toBe(1)
  },
)

it('a source whose every row has a cell that cannot be read is rejected, and the rows are among its reports', async () => {
  await mkdir(join(rig.project.root, 'broken'))
  const rows = ['date,delay,distance,origin,destination', 'yesterday,5,100,SEA,SFO', '2001-01-01,late,100,SEA,SFO']
  await writeFile(join(rig.project.root, 'broken/flights.csv'), `${rows.join('\n')}\n`)
  const { outcome, handle } = await rig.run(flightsPipeline({ source: "csv('broken/*.csv')" }), DAYS + 1)
  expect(outcome).toBe('data-rejected')
  const { nodes } = await handle.query<RunStatus>('status')
  const folder = join(rig.project.root, 'reports')
  const written = await writeReports(rig.project.store, { nodes, folder })
  expect(written.map((path) => basename(path)).toSorted()).toEqual([
    'ingest-flights-unparsable-1.parquet',
    'validate-flights.html',
    'validate-flights.json',
  ])
  const unparsable = join(folder, 'ingest-flights-unparsable-1.parquet')
  expect(await rowsOf({ unparsable }, 'SELECT "$row", "$faults", date, delay FROM unparsable ORDER BY "$row"')).toEqual(
    [
      ['0', 'date', 'yesterday', '5'],
      ['1', 'delay', '2001-01-01', 'late'],
    ],
  )
})
