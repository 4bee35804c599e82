import { expect, it } from 'vitest'
import {
  contract,
  count,
  features,
  history,
  label,
  latest,
  max,
  mean,
  min,
  share,
  stddev,
  sum,
  timestamp,
  z,
} from '../../dsl/index.ts'
import { buildFeatureTable } from '../../features/build-feature-table.ts'
import { compileEvaluator, type Row } from '../../features/evaluate.ts'
import { pastIndex } from '../../features/past-index.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'
import { storedRows, tableRows, workingFolder } from './both-sides.ts'
import { featuresSpec } from './specs.ts'

const HOUR = 3_600_000_000n

const calls = contract('calls', {
  key: 'row',
  time: 'at',
  outcomesKnownAfter: '1 hour',
  columns: { at: timestamp(), caller: z.string(), line: z.int(), cost: z.number().nullable().meta({ decimals: 1 }) },
  outcomes: { rating: z.int().nullable() },
})

const notes = contract('notes', {
  key: 'row',
  time: 'at',
  columns: { at: timestamp(), of: z.string(), mood: z.number().nullable() },
  outcomes: { topic: z.string().nullable() },
})

/** What a feature is where it would be null. */
const NONE = -12_345

const looking = features('looking', calls, (f) => {
  const by = { caller: f.caller }
  return {
    calls_2h: history(calls, { by, within: '2 hours' }, () => count()),
    calls_1h_line: history(calls, { by: { ...by, line: f.line }, within: '1 hour' }, () => count()),
    all_3h: history(calls, { by: {}, within: '3 hours' }, () => count()),
    good_2h: history(calls, { by, within: '2 hours' }, (past) => share(past.rating.orElse(0).gt(2))).orElse(NONE),
    cost_2h: history(calls, { by, within: '2 hours' }, (past) => sum(past.cost.orElse(0.5).times(3))).orElse(NONE),
    rating_mean_3h: history(calls, { by, within: '3 hours' }, (past) => mean(past.rating.orElse(0))).orElse(NONE),
    rating_dev_3h: history(calls, { by, within: '3 hours' }, (past) => stddev(past.rating.orElse(0))).orElse(NONE),
    cost_min_2h: history(calls, { by, within: '2 hours' }, (past) => min(past.cost.orElse(0))).orElse(NONE),
    cost_max_1h: history(calls, { by, within: '1 hour' }, (past) => max(past.cost.orElse(0))).orElse(NONE),
    mood: latest(notes, { on: { of: f.caller }, within: '2 hours' }).mood.orElse(NONE),
    topic: latest(notes, { on: { of: f.caller }, within: '2 hours' }).topic.orElse('none'),
    own_rating: latest(calls, { on: { caller: f.caller }, within: '2 hours' }).rating.orElse(NONE),
    topic_calls: history(
      calls,
      {
        by: { caller: latest(notes, { on: { of: f.caller }, within: '2 hours' }).topic.orElse('a') },
        within: '2 hours',
      },
      () => count(),
    ),
  }
})

it('look-ups are what going through all rows by the definition gives, in SQL and in the index', async () => {
  await workingFolder()
  const random = seeded(chosenSeed())
  const rows = randomCalls(random)
  const about = randomNotes(random)
  const datasets = {
    calls: await storedRows(calls, rows, 'calls.parquet'),
    notes: await storedRows(notes, about, 'notes.parquet'),
  }
  const spec = featuresSpec(
    looking,
    label(calls, (f) => f.line),
  )
  const result = await buildFeatureTable({ spec, asOf: null, datasets })
  expect(result).toMatchObject({ state: 'built', table: { rows: rows.length } })
  const table = await tableRows('features.parquet')

  const index = pastIndex(looking.features, [calls, notes])
  for (const row of rows) index.add('calls', row)
  for (const row of about) index.add('notes', row)
  const evaluate = compileEvaluator(looking.features, { from: 'calls', contracts: [calls, notes] })
  for (const made of table) {
    const row = rows[Number(made['$row'])] ?? {}
    const values = evaluate(row, index)
    expect(namedValues(made)).toStrictEqual(values)
    expect(values).toStrictEqual(byDefinition(row, rows, about))
  }
})

type Event = { readonly known: bigint; readonly row: Row }

/** Goes through all rows, each time. */
function byDefinition(asking: Row, all: readonly Row[], about: readonly Row[]): Row {
  const t = asking['at'] as bigint
  const within = (rows: readonly Row[], hours: bigint, delay: bigint): readonly Event[] =>
    rows
      .map((row) => ({ known: (row['at'] as bigint) + delay, row }))
      .filter(({ known }) => known >= t - hours * HOUR && known < t)
  const own = (rows: readonly Event[]): readonly Row[] =>
    rows.filter(({ row }) => row['caller'] === asking['caller']).map(({ row }) => row)
  const note = (hours: bigint): Row | undefined =>
    newest(
      within(
        about.filter(({ of }) => of === asking['caller']),
        hours,
        0n,
      ),
    )
  const now = own(within(all, 2n, 0n))
  const rated2 = own(within(all, 2n, HOUR)).map(({ rating }) => Number(rating ?? 0))
  const rated3 = own(within(all, 3n, HOUR)).map(({ rating }) => Number(rating ?? 0))
  const total = rated3.reduce((left, right) => left + right, 0)
  const squares = rated3.reduce((left, right) => left + right * right, 0)
  const n = rated3.length
  const costs = now.map(({ cost }) => Number(cost ?? 0))
  const recent = own(within(all, 1n, 0n)).map(({ cost }) => Number(cost ?? 0))
  const tenths = now.reduce((left, { cost }) => left + Math.round(Number(cost ?? 0.5) * 10) * 3, 0)
  const topic = (note(2n)?.['topic'] ?? 'none') as string
  const values = {
    calls_2h: now.length,
    calls_1h_line: own(within(all, 1n, 0n)).filter(({ line }) => line === asking['line']).length,
    all_3h: within(all, 3n, 0n).length,
    good_2h: rated2.length === 0 ? NONE : rated2.filter((rating) => rating > 2).length / rated2.length,
    cost_2h: now.length === 0 ? NONE : tenths / 10,
    rating_mean_3h: n === 0 ? NONE : total / n,
    rating_dev_3h: n < 2 ? NONE : Math.sqrt((n * squares - total * total) / (n * (n - 1))),
    cost_min_2h: costs.length === 0 ? NONE : Math.min(...costs),
    cost_max_1h: recent.length === 0 ? NONE : Math.max(...recent),
    mood: Number(note(2n)?.['mood'] ?? NONE),
    own_rating: Number(
      newest(
        within(
          all.filter(({ caller }) => caller === asking['caller']),
          2n,
          HOUR,
        ),
      )?.['rating'] ?? NONE,
    ),
    topic_calls: within(all, 2n, 0n).filter(({ row }) => row['caller'] === (topic === 'none' ? 'a' : topic)).length,
  }
  const rounded = Object.entries(values).map(([name, value]) => [name, Math.fround(value) + 0] as const)
  return Object.fromEntries(
    [...rounded, ['topic', topic] as const].toSorted(([left], [right]) => (left < right ? -1 : 1)),
  )
}

/** Of equally new ones the last. */
function newest(events: readonly Event[]): Row | undefined {
  return events.reduce<Event | undefined>(
    (best, event) => (best === undefined || event.known >= best.known ? event : best),
    undefined,
  )?.row
}

function namedValues(made: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(made).filter(([name]) => !name.startsWith('$')))
}

/** Times on a grid of ten minutes, so that many are equal, and many just a window apart. */
function randomCalls(random: () => number): readonly Row[] {
  return Array.from({ length: 400 }, () => ({
    at: gridTime(random),
    caller: pick(['a', 'b', "'c'", 'd"'], random),
    line: Math.floor(random() * 2),
    cost: random() < 0.2 ? null : Math.round(random() * 200 - 100) / 10,
    rating: random() < 0.2 ? null : Math.floor(random() * 6),
  }))
}

function randomNotes(random: () => number): readonly Row[] {
  return Array.from({ length: 120 }, () => ({
    at: gridTime(random),
    of: pick(['a', 'b', "'c'"], random),
    mood: random() < 0.2 ? null : random(),
    topic: random() < 0.2 ? null : pick(['a', 'b', 'e'], random),
  }))
}

function gridTime(random: () => number): bigint {
  return 1_000_000_000_000_000n + BigInt(Math.floor(random() * 120)) * 600_000_000n + BigInt(random() < 0.1 ? 1 : 0)
}

function pick<T>(from: readonly T[], random: () => number): T {
  const found = from[Math.floor(random() * from.length)]
  if (found === undefined) throw new Error('pick: expected something to choose from')
  return found
}
