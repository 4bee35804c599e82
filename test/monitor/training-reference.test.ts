import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { quotePath, withDuckDb } from '../../data/duckdb.ts'
import { trainingReference, type Reference } from '../../data/training-reference.ts'

const DAY_MILLIS = 86_400_000
const AS_OF = '2001-02-01T00:00:00.000000Z'
let [before, folder] = ['', '']
let reference: Reference

/** Twenty days of 100 rows before the holdout, and rows of it that must not count. */
const ROWS = `select
    timestamp '2001-01-12' + to_hours(24 * (i // 100)) + to_minutes(i % 100) as "$time",
    case when i < 2000 then (i % 100)::float else 1000 end as uniform,
    case when i % 100 < 80 then 0 else 0.1::float end as ties,
    case when i >= 2000 then 'held out' when i % 100 = 0 then 'rare' else 'v' || (i % 60) end as word,
    i // 100 % 7 < 2 as weekend
  from range(2600) t(i) where i // 100 <> 4`

beforeAll(async () => {
  ;[before, folder] = [process.cwd(), await mkdtemp(join(tmpdir(), 'anneal-reference-'))]
  process.chdir(folder)
  const path = join(folder, 'table.parquet')
  await withDuckDb({ memoryMib: 200, threads: 1 }, (connection) =>
    connection.run(`copy (${ROWS}) to ${quotePath(path)} (format parquet)`),
  )
  await trainingReference({
    table: { file: { $file: path }, asOf: AS_OF },
    split: { by: 'time', holdoutMillis: 0 },
    features: [
      { name: 'uniform', type: 'number' },
      { name: 'ties', type: 'number' },
      { name: 'word', type: 'string' },
      { name: 'weekend', type: 'boolean' },
    ],
    unitMillis: DAY_MILLIS,
  })
  // Written by `trainingReference`.
  reference = JSON.parse(await readFile('reference.json', 'utf8')) as Reference
})

afterAll(async () => {
  process.chdir(before)
  await rm(folder, { recursive: true, force: true })
})

function feature(name: string) {
  const found = reference.features[name]
  if (found === undefined) throw new Error(`reference: expected "${name}", got none`)
  return found
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

it('counts the rows of training by day, days without rows included', () => {
  expect(reference.rows).toBe(1900)
  for (const { units } of Object.values(reference.features)) {
    expect(units.map(total)).toEqual(Array.from({ length: 20 }, (_, day) => (day === 4 ? 0 : 100)))
  }
})

it('has ten bins of equal share, made of finer cells', () => {
  const { cells, units } = feature('uniform')
  if (cells.type !== 'number') throw new Error('expected a number')
  expect(cells.edges).toHaveLength(100)
  expect(cells.bins).toHaveLength(101)
  const bins = Array.from({ length: 10 }, (_none, bin) =>
    total((units[0] ?? []).filter((_count, cell) => cells.bins[cell] === bin)),
  )
  expect(bins).toEqual(Array.from({ length: 10 }, () => 10))
})

it('merges bins of equal edges, and has one beyond the last', () => {
  const { cells, units } = feature('ties')
  expect(cells).toEqual({ type: 'number', edges: [0, Math.fround(0.1)], bins: [0, 1, 2] })
  expect(units[0]).toEqual([80, 20, 0])
})

it('keeps the fifty most frequent words, and the others as one', () => {
  const { cells, units } = feature('word')
  if (cells.type !== 'string') throw new Error('expected words')
  expect(cells.values).toHaveLength(50)
  expect(units[0]?.at(-1)).toBeGreaterThan(0)
})

it('counts false and true', () => {
  expect(feature('weekend').units.slice(0, 3)).toEqual([
    [0, 100],
    [0, 100],
    [100, 0],
  ])
})
