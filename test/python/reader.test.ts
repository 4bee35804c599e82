import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { traffic, type TrafficRecord } from '../../store/traffic.ts'
import { flightsPipeline } from '../batch/flights-pipeline.ts'
import { aFlightsRig, type FlightsRig, type Ran } from '../batch/flights-rig.ts'
import { rowsOf } from '../batch/flights.ts'
import { type Job, readByPython } from './reader.ts'

let rig: FlightsRig
let ran: Ran
const read = (job: Job): Promise<unknown> => readByPython(rig.project.stateFolder, job)

beforeAll(async () => {
  rig = await aFlightsRig({ days: 3 })
  await rig.startWorker()
  ran = await rig.run(flightsPipeline({ window: '3 days', rounds: 2 }), 4)
}, 180_000)

afterAll(() => rig.remove())

describe('anneal_reader', () => {
  it('gives a dataset as pandas and as polars, with the rows and sums that DuckDB finds', async () => {
    const [record] = await rig.datasets.versions('flights')
    const expected = await sumsOf(partsOf(ran), ['distance', 'delay'])
    expect(expected[0]).toBe(record?.rows)
    const job = { call: 'dataset', args: ['flights'], columns: ['distance', 'delay'] } as const
    const found = await read(job)
    expect(found).toMatchObject({ name: 'flights@1', digest: record?.digest, pandas: expected, polars: expected })
    expect(found).toMatchObject({ early: [], columns: expect.arrayContaining(['$part', '$row', 'date']) as string[] })
    expect(await read({ ...job, args: ['flights', 1] })).toEqual(found)
  })

  it('gives the features of a run, and the same by the model that was registered', async () => {
    const { file } = ran.outputs.features.table
    const columns = ['distance', 'origin_late_24h']
    const expected = await sumsOf({ examples: rig.artifactAt(file) }, columns)
    const found = await read({ call: 'features', args: [ran.handle.workflowId], columns })
    expect(found).toMatchObject({
      name: 'delay',
      digest: file.$file,
      columns: expect.arrayContaining(['$label']) as string[],
    })
    const sums = (found as { readonly pandas: readonly number[] }).pandas
    expect(sums[0]).toBe(ran.outputs.features.table.rows)
    sums.forEach((sum, index) => expect(sum).toBeCloseTo(expected[index] ?? Number.NaN, -1))
    expect(await read({ call: 'features', args: ['delay-15@1'], columns })).toEqual(found)
  })

  it('gives the predictions of a window of wall time, with what became known later', async () => {
    const at = Date.UTC(2026, 0, 31, 7, 59, 59)
    await put(at, [aPrediction('a', { at, delay: 3 }), aPrediction('b', { at: at + 500, delay: 5 })])
    await put(at + 3_600_000, [aPrediction('late', { at: at + 3_600_000, delay: 7 }), anOutcome('b', at + 3_600_000)])
    const columns = ['request.distance', 'feature.delay', 'outcome.minutes', 'weight']
    const window = ['2026-01-31T07:00:00Z', '2026-01-31T08:00:00Z']
    const found = await read({ call: 'predictions', args: ['flights', ...window], columns })
    expect(found).toMatchObject({ pandas: [2, 200, 8, 60, 4], polars: [2, 200, 8, 60, 4], digest: null })
    const none = await read({ call: 'predictions', args: ['flights', '2026-02-01', '2026-02-02'] })
    expect(none).toMatchObject({ pandas: [0], columns: ['id', 'at', 'event'] })
  })
})

describe('what anneal_reader cannot read', () => {
  it.each([
    [
      { call: 'dataset', args: ['flight'] },
      'unknown-dataset',
      'dataset "flight": expected one of the store\'s (flights)',
    ],
    [{ call: 'dataset', args: ['flights', 2] }, 'unknown-version', 'expected a version from 1 to 1, got 2'],
    [{ call: 'features', args: ['run:x'] }, 'unknown-run', '"run:x": expected a run that has made features'],
    [{ call: 'features', args: ['delay-15@1', 'arrival'] }, 'ambiguous-features', 'of delay, got arrival'],
    [{ call: 'predictions', args: ['trains', '2026-01-31', '2026-02-01'] }, 'unknown-service', '(flights)'],
    [{ call: 'predictions', args: ['flights', 'noon', '2026-02-01'] }, 'time-invalid', "got 'noon'"],
  ] as const)('%j is told by its name', async (job, code, message) => {
    expect(await read(job)).toEqual({ code, message: expect.stringContaining(message) as string })
  })

  it('names the file whose bytes are others than its name says', async () => {
    const file = rig.artifactAt({ $file: ran.outputs['validate:flights'].dataset.parts[1]?.file.$file ?? '' })
    const bytes = await readFile(file)
    bytes[100] = (bytes[100] ?? 0) ^ 1
    await chmod(file, 0o644)
    await writeFile(file, bytes)
    const broken = {
      code: 'store-corrupt',
      message: expect.stringContaining(`file "${file}": expected sha256 `) as string,
    }
    expect(await read({ call: 'dataset', args: ['flights'] })).toEqual(broken)
    await rm(file)
    const gone = `file "${file}": expected it to be there, got none`
    expect(await read({ call: 'dataset', args: ['flights'] })).toMatchObject({
      code: 'object-missing',
      message: expect.stringContaining(gone) as string,
    })
  })

  it('says so where there is no store', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'anneal-test-'))
    const answer = await readByPython(folder, { call: 'dataset', args: ['flights'] })
    await rm(folder, { recursive: true })
    expect(answer).toMatchObject({ code: 'store-missing' })
  })
})

function partsOf({ outputs }: Ran): Readonly<Record<string, string>> {
  const { parts } = outputs['validate:flights'].dataset
  return Object.fromEntries(parts.map(({ file }, index) => [`part${index}`, rig.artifactAt(file)]))
}

/** How many rows the files have together, and the sum of each column, by DuckDB. */
async function sumsOf(files: Readonly<Record<string, string>>, columns: readonly string[]): Promise<readonly number[]> {
  const rows = Object.keys(files).map((name) => `SELECT ${columns.join(', ')} FROM ${name}`)
  const sums = columns.map((column) => `sum(${column}::DOUBLE)::DOUBLE`)
  const [found = []] = (await rowsOf(
    files,
    `SELECT count(*)::INT, ${sums.join(', ')} FROM (${rows.join(' UNION ALL ')})`,
  )) as readonly (readonly number[])[]
  return found
}

let segments = 0

async function put(atMillis: number, records: readonly TrafficRecord[]): Promise<void> {
  const place = { service: 'flights', gateway: 'test', atMillis, n: (segments += 1) }
  await traffic(rig.project.store.objects).put(place, records)
}

function aPrediction(id: string, { at, delay }: { readonly at: number; readonly delay: number }): TrafficRecord {
  const version = { generation: 1, model: 'delay-15', version: 1, weight: 2 }
  const told = { request: { distance: 100 }, features: { delay }, prediction: [0.3, 0.7] }
  return { type: 'prediction', id, at, event: '2001-01-04T00:00:00.000Z', ...version, ...told }
}

function anOutcome(id: string, at: number): TrafficRecord {
  return { type: 'outcome', id, at, outcomes: { minutes: 60 } }
}
