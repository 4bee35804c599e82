import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WorkflowFailedError } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verdictLines } from '../../cli/run/verdict-text.ts'
import { eventually } from '../engine/eventually.ts'
import { chainHeads } from '../../cli/chaos/leftovers.ts'
import { layDays, writeFlights } from './flights.ts'
import { flightsPipeline } from './flights-pipeline.ts'
import { aFlightsRig, asOfParam, type FlightsRig } from './flights-rig.ts'

const HOURS = `SELECT * EXCLUDE place FROM flights WHERE place < 2000`

let rig: FlightsRig

beforeAll(async () => {
  rig = await aFlightsRig()
  await rig.startWorker()
}, 120_000)

afterAll(() => rig.remove())

interface Refused {
  readonly verdict: string | undefined
  /** The node that gave it. */
  readonly node: string | undefined
  /** As `anneal run` has them. */
  readonly lines: readonly string[]
}

/** What becomes of a run over a source. */
async function refusalOf(source: string, more: Parameters<typeof flightsPipeline>[0] = {}): Promise<Refused> {
  const { outcome, handle, ...ran } = await rig.run(flightsPipeline({ source, ...more }), 9)
  await expectOneAttempt(handle)
  await expectNothingKept()
  const [decided] = ran.results
  const output = decided && (await rig.project.store.results.find(decided.key))
  return {
    verdict: outcome,
    node: decided?.node,
    lines: output === undefined ? [] : verdictLines(await rig.project.store.results.output(output)),
  }
}

async function expectOneAttempt(handle: Awaited<ReturnType<FlightsRig['start']>>): Promise<void> {
  const { events } = await handle.fetchHistory()
  const attempts = events?.flatMap((event) => event.activityTaskStartedEventAttributes?.attempt ?? []) ?? []
  expect(new Set(attempts)).toEqual(new Set([1]))
}

async function expectNothingKept(): Promise<void> {
  expect(await rig.registry.list()).toEqual([])
  expect(await rig.datasets.list()).toEqual([])
}

async function failureOf(handle: Awaited<ReturnType<FlightsRig['start']>>): Promise<string> {
  const error: unknown = await handle.result().catch((thrown: unknown) => thrown)
  return error instanceof WorkflowFailedError
    ? (error.cause?.message ?? '')
    : `expected a failure, got ${String(error)}`
}

function parquetAt(name: string): string {
  return `parquet('${name}/*.parquet', { quarantineAtMost: 0.001 })`
}

function fileAt(name: string): string {
  return join(rig.project.root, name, 'flights.parquet')
}

const BROKEN_PARQUET: readonly (readonly [name: string, query: string, lines: readonly (string | RegExp)[]])[] = [
  [
    'a column missing',
    'SELECT date, delay, distance, origin FROM flights',
    [
      '  a-column-missing/flights.parquet destination: expected a column of that name, got 4 columns, none of that name',
    ],
  ],
  [
    'a column of another type',
    'SELECT date, delay, distance::VARCHAR AS distance, origin, destination FROM flights',
    [/^ {2}a-column-of-another-type\/flights\.parquet distance: expected .*without loss.*, got VARCHAR$/],
  ],
  [
    'too many bad rows',
    `SELECT * REPLACE (CASE WHEN place = 100 THEN -5 WHEN place IN (7, 8) THEN 0 ELSE distance END AS distance) FROM flights WHERE place < 2000`,
    [
      '  quarantine: expected at most 0.001 of the rows put aside, got 3 of 2000',
      '  too-many-bad-rows/flights.parquet row 7 distance: expected > 0, got 0, and 1 more like it',
      '  too-many-bad-rows/flights.parquet row 100 distance: expected > 0, got -5',
    ],
  ],
  [
    'a column of nulls',
    'SELECT * REPLACE (NULL::VARCHAR AS origin) FROM flights WHERE place < 1000',
    [
      '  quarantine: expected at most 0.001 of the rows put aside, got 1000 of 1000',
      '  a-column-of-nulls/flights.parquet row 0 origin: expected a value, got null',
    ],
  ],
  ['no rows', 'SELECT * FROM flights WHERE false', [/^ {2}source "flights" date: expected a row before .*, got none$/]],
]

describe('a Parquet source', () => {
  it.each(BROKEN_PARQUET)(
    'with %s is rejected once, naming file, row, column, expected and got',
    async (name, query, expected) => {
      const folder = name.replaceAll(' ', '-')
      await writeFlights(fileAt(folder), 1, query)
      const { verdict, lines } = await refusalOf(parquetAt(folder))
      expect(verdict).toBe('data-rejected')
      for (const [index, line] of expected.entries()) expect(lines[index]).toMatch(line)
    },
  )

  it('with NaN or infinity in a column is rejected', async () => {
    const numbers = `CASE place WHEN 3 THEN 'nan'::DOUBLE WHEN 4 THEN 'infinity'::DOUBLE WHEN 5 THEN '-infinity'::DOUBLE ELSE 1 END`
    await writeFlights(fileAt('nan'), 1, `SELECT *, ${numbers} AS load FROM flights WHERE place < 1000`)
    const { verdict, lines } = await refusalOf(parquetAt('nan'), { columns: 'load: z.number()' })
    expect(verdict).toBe('data-rejected')
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/^ {2}nan\/flights\.parquet row 3 load: expected .*, got "?NaN"?$/),
      expect.stringMatching(/^ {2}nan\/flights\.parquet row 4 load: expected .*, got "?Infinity"?$/),
      expect.stringMatching(/^ {2}nan\/flights\.parquet row 5 load: expected .*, got "?-Infinity"?$/),
    ])
  })

  it('cut at any place is rejected', async () => {
    const whole = await readFile(await writeFlights(fileAt('whole'), 1, HOURS))
    for (const [place, bytes] of [4, whole.length >> 1, whole.length - 1].entries()) {
      await mkdir(join(rig.project.root, `cut-${place}`))
      await writeFile(fileAt(`cut-${place}`), whole.subarray(0, bytes))
      expect(await refusalOf(parquetAt(`cut-${place}`))).toEqual({
        verdict: 'data-rejected',
        node: 'ingest:flights',
        lines: [`  cut-${place}/flights.parquet: expected a sound Parquet file, got no Parquet footer`],
      })
    }
  })

  it('of a file that changes after it was listed fails and says so', async () => {
    const paths = await layDays(join(rig.project.root, 'changing'), 1, 8)
    const handle = await rig.start(await rig.compile(flightsPipeline({ source: parquetAt('changing') })), asOfParam(9))
    await eventually(
      'the files are listed',
      async () => {
        const heads = [...(await chainHeads(rig.project)).values()]
        const listings = heads.filter((head) => head.state === 'result' && head.result.meta.run === handle.workflowId)
        return listings.length > 0
      },
      { everyMillis: 1 },
    )
    await appendFile(paths.at(-1) ?? '', 'more')
    expect(await failureOf(handle)).toMatch(
      /^node "ingest:flights": source file "changing\/flights-2001-01-08\.parquet": expected sha256 [0-9a-f]{64} as it was listed, got [0-9a-f]{64}; leave files as they are/,
    )
    await expectOneAttempt(handle)
    await expectNothingKept()
  })

  it('of no files fails with what to do', async () => {
    await mkdir(join(rig.project.root, 'empty'))
    const handle = await rig.start(await rig.compile(flightsPipeline({ source: parquetAt('empty') })), asOfParam(9))
    expect(await failureOf(handle)).toBe(
      'node "source:flights": source "flights": expected files at "empty/*.parquet", got none; put them there or correct the glob, which starts at the project folder',
    )
    await expectOneAttempt(handle)
    await expectNothingKept()
  })
})

const HEADER = 'flight,date,distance,origin,destination,delay'
const ROW = (number: number): string =>
  `${number},2001-01-01T0${number % 10}:00:00Z,${100 + number},ATL,ORD,${number % 40}`
const CSV = { key: "['flight']", columns: 'flight: z.int()' }

async function layCsv(name: string, lines: readonly string[]): Promise<string> {
  await rig.project.write({ [`${name}/flights.csv`]: `${[HEADER, ...lines].join('\n')}\n` })
  return `csv('${name}/*.csv', { quarantineAtMost: 0.01 })`
}

describe('a CSV source with a key', () => {
  const rows = Array.from({ length: 100 }, (_, number) => ROW(number))

  it('is rejected for cells that are no values, by row and column', async () => {
    const source = await layCsv('cells', [
      ...rows,
      '100,2001-01-01T00:00:00Z,NaN,ATL,ORD,3',
      '101,yesterday,5,ATL,ORD,1e400',
    ])
    const { verdict, lines } = await refusalOf(source, CSV)
    expect(verdict).toBe('data-rejected')
    expect(lines[0]).toBe('  quarantine: expected at most 0.01 of the rows put aside, got 2 of 102')
    expect(lines.slice(1)).toEqual([
      '  cells/flights.csv row 100 distance: expected an integer of 64 bits, got "NaN"',
      '  cells/flights.csv row 101 date: expected an instant such as 2001-04-01T00:00:00.000000Z, or a date for its midnight, UTC, got "yesterday"',
      '  cells/flights.csv row 101 delay: expected an integer of 64 bits, got "1e400"',
    ])
  })

  it('is rejected for a key that two rows have', async () => {
    const { verdict, lines } = await refusalOf(await layCsv('twice', [...rows, ROW(7)]), CSV)
    expect(verdict).toBe('data-rejected')
    expect(lines[0]).toBe(`  key of "flight": expected unique, got 1 rows with an earlier row's key`)
  })

  it('is rejected for a row of another length', async () => {
    const { verdict, lines } = await refusalOf(await layCsv('ragged', [...rows, '100,2001-01-01']), CSV)
    expect(verdict).toBe('data-rejected')
    expect(lines).toEqual([
      expect.stringMatching(/^ {2}ragged\/flights\.csv row 100: expected 6 fields, got 2 \(line 102\)$/),
    ])
  })
})
