import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  contract,
  count,
  decimal,
  features,
  history,
  int64,
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
import { compileEvaluator, type Past, type Row } from '../../features/evaluate.ts'
import { isoOf } from '../../features/instant.ts'
import { materialize } from '../../features/materialize.ts'
import { openOnlineFeatures } from '../../features/online-store.ts'
import { pastIndex } from '../../features/past-index.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'
import { storedRows, workingFolder } from './both-sides.ts'
import { featuresSpec } from './specs.ts'

const START = 1_000_000_000_000_000n
const MINUTE = 60_000_000n
/** Doubles do not hold the microseconds from there. */
const YEAR_1 = -62_135_596_800_000_000n

const calls = contract('calls', {
  key: 'row',
  time: 'at',
  outcomesKnownAfter: '1 hour',
  columns: {
    at: timestamp(),
    caller: z.string(),
    line: z.int(),
    account: int64(),
    rate: decimal(10, 2),
    known: z.boolean().nullable(),
    cost: z.number().nullable().meta({ decimals: 1 }),
    large: int64().nullable(),
    price: decimal(18, 4).nullable(),
    mood: z.number().nullable(),
    word: z.string().nullable(),
    since: timestamp().nullable(),
  },
  outcomes: { rating: z.int().nullable() },
})

const looking = features('looking', calls, (f) => {
  const caller = { caller: f.caller }
  const line = { ...caller, line: f.line }
  const within = '2 hours'
  const newest = latest(calls, { on: caller, within })
  const there = latest(calls, { on: { account: f.account }, within: '5 hours' })
  return {
    count_2h: history(calls, { by: caller, within }, () => count()),
    count_line: history(calls, { by: line, within: '70 minutes' }, () => count()),
    count_pair: history(calls, { by: { ...caller, word: f.word.orElse('') }, within: '9 hours' }, () => count()),
    count_all: history(calls, { by: {}, within: '3 hours' }, () => count()),
    count_rate: history(calls, { by: { rate: f.rate }, within: '9 hours' }, () => count()),
    count_account: history(calls, { by: { account: f.account }, within: '9 hours' }, () => count()),
    count_flag: history(calls, { by: { known: f.known.orElse(false) }, within: '9 hours' }, () => count()),
    good: history(calls, { by: caller, within }, (past) => share(past.rating.orElse(0).gt(2))).orElse(-1),
    cost: history(calls, { by: caller, within }, (past) => sum(past.cost.orElse(0.5).times(3))).orElse(-1),
    cost_mean: history(calls, { by: line, within: '20 hours' }, (past) => mean(past.cost.orElse(0.5))).orElse(-1),
    cost_dev: history(calls, { by: caller, within: '20 hours' }, (past) => stddev(past.cost.orElse(0.5))).orElse(-1),
    large: history(calls, { by: caller, within: '4 hours' }, (past) => sum(past.large.orElse(7n))).orElse(-1),
    large_dev: history(calls, { by: {}, within: '1 day' }, (past) => stddev(past.rating.orElse(0))).orElse(-1),
    price: history(calls, { by: caller, within }, (past) => mean(past.price.orElse('0.0001'))).orElse(-1),
    medium: history(calls, { by: caller, within }, (past) => sum(past.line.times(1e14))).orElse(-1),
    mood_min: history(calls, { by: caller, within }, (past) => min(past.mood.orElse(0))).orElse(-1),
    mood_max: history(calls, { by: {}, within: '30 hours' }, (past) => max(past.mood.orElse(0))).orElse(-1),
    newest_10m: latest(calls, { on: caller, within: '10 minutes' }).line.orElse(-9),
    newest_mood: newest.mood.orElse(-1),
    newest_word: newest.word.orElse('none'),
    newest_known: newest.known.orElse(false),
    newest_rating: newest.rating.orElse(-1),
    newest_large: there.large.orElse(3n).toNumber(),
    newest_price: there.price.orElse('1.5').toNumber(),
    newest_since: f.at.hoursSince(there.since.orElse('2001-01-01T00:00:00.000000Z')),
    by_word: history(calls, { by: { caller: newest.word.orElse('a') }, within }, () => count()),
  }
})

const CALLERS = ['a', "o'b", 'd"', '', 'ä😀', 'e\u0301', 'nul\0l', '1:1', '1', '11']

it('look-ups in the file are those of the index in memory, at any clock, and after asOf what was known then', async () => {
  const folder = await workingFolder()
  const random = seeded(chosenSeed())
  const rows = randomCalls(random, 2500)
  const asOf = START + 200n * 10n * MINUTE
  const path = await materialized(folder, rows, asOf)
  const online = openOnlineFeatures(path, { features: looking.features, contracts: [calls] })
  const reference = knownBefore(asOf, rows)
  const evaluate = compileEvaluator(looking.features, { from: 'calls', contracts: [calls] })
  const clocks = Array.from({ length: 300 }, () => clock(random))
  for (const at of [...clocks, asOf - 1n, asOf, asOf + 1n, YEAR_1 + 1n, YEAR_1 + 2n, START + 10n ** 17n]) {
    const asking = { ...pick(rows, random), at }
    expect({ at, ...evaluate(asking, online) }).toStrictEqual({ at, ...evaluate(asking, reference) })
  }
  expect(online.asOfMicros).toBe(asOf)
  online.close()
})

/** What an index of all rows would know too much of, by whether a look-up reads the outcome. */
function knownBefore(asOf: bigint, rows: readonly Row[]): Past {
  const [now, late] = [0n, 60n * MINUTE].map((delay) => {
    const index = pastIndex(looking.features, [calls])
    for (const row of rows) if ((row['at'] as bigint) + delay < asOf) index.add('calls', row)
    return index
  })
  if (now === undefined || late === undefined) throw new Error('index: expected two')
  const of = (readsOutcome: boolean): Past => (readsOutcome ? late : now)
  return {
    history: (node, entity, at) => of(JSON.stringify(node.aggregate).includes('rating')).history(node, entity, at),
    latest: (node, entity, at) => of(node.column === 'rating').latest(node, entity, at),
  }
}

/** The answer, and where its file is. */
async function materialized(folder: string, rows: readonly Row[], asOf: bigint): Promise<string> {
  const spec = featuresSpec(
    looking,
    label(calls, (f) => f.line),
  )
  const given = { spec, asOf: isoOf(asOf), datasets: { calls: await storedRows(calls, rows, 'calls.parquet') } }
  const built = await buildFeatureTable(given)
  if (built.state !== 'built') throw new Error(`features: expected a table, got ${JSON.stringify(built.failures[0])}`)
  const made = await materialize({ ...given, table: built.table })
  expect(made).toMatchObject({ state: 'materialized', file: { $file: 'online.sqlite' } })
  return join(folder, 'online.sqlite')
}

/** On the grid mostly, a microsecond beside it, or anywhere. */
function clock(random: Random): bigint {
  const grid = START + BigInt(Math.floor(random() * 300)) * 10n * MINUTE
  return grid + pick([0n, 0n, 1n, -1n, BigInt(Math.floor(random() * 1e9))], random)
}

type Random = () => number

/** Times on a grid of ten minutes, so that many are equal and many just a window apart; others between, and two of long ago. */
function randomCalls(random: Random, rows: number): readonly Row[] {
  const maybe = <T>(value: T): T | null => (random() < 0.2 ? null : value)
  return Array.from({ length: rows }, (_, row) => ({
    at: row < 2 ? YEAR_1 + BigInt(row) : START + BigInt(Math.floor(random() * 240)) * 10n * MINUTE + between(random),
    caller: pick(CALLERS, random),
    line: Math.floor(random() * 3) - 1,
    account: pick([-1n, 9_007_199_254_740_993n, 9_007_199_254_740_992n, -(2n ** 63n)], random),
    rate: pick(['12.50', '0.00', '-0.50', '12.05'], random),
    known: maybe(random() < 0.5),
    cost: maybe(Math.round(random() * 200 - 100) / 10),
    large: maybe(pick([2n ** 63n - 1n, -(2n ** 63n), 1n, 2n ** 60n], random)),
    price: maybe(`${Math.floor(random() * 1e13)}.${String(Math.floor(random() * 1e4)).padStart(4, '0')}`),
    mood: maybe(random() - 0.5),
    word: maybe(pick(CALLERS, random)),
    since: maybe(START - BigInt(Math.floor(random() * 1e12))),
    rating: maybe(Math.floor(random() * 6)),
  }))
}

function between(random: Random): bigint {
  return pick([0n, 0n, 1n, BigInt(Math.floor(random() * 1e9))], random)
}

function pick<T>(from: readonly T[], random: Random): T {
  const found = from[Math.floor(random() * from.length)]
  if (found === undefined) throw new Error('pick: expected something to choose from')
  return found
}
