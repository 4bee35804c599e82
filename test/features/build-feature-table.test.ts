import { readFile, readdir } from 'node:fs/promises'
import { expect, it } from 'vitest'
import {
  contract,
  decimal,
  features,
  history,
  int64,
  label,
  latest,
  mean,
  share,
  stddev,
  sum,
  timestamp,
  z,
} from '../../dsl/index.ts'
import { buildFeatureTable } from '../../features/build-feature-table.ts'
import type { Row } from '../../features/evaluate.ts'
import { microsOf } from '../../features/instant.ts'
import { seeded } from '../engine/seeded.ts'
import { storedRows, tableRows, workingFolder } from './both-sides.ts'
import { datasetOf, featuresSpec } from './specs.ts'

const sales = contract('sales', {
  key: 'row',
  time: 'at',
  outcomesKnownAfter: '1 day',
  columns: { at: timestamp(), shop: z.string(), price: z.number().meta({ decimals: 2 }), weight: z.number() },
  outcomes: { returned: z.boolean().nullable() },
})

const salesFeatures = features('sales', sales, (f) => ({
  price: f.price,
  shop: f.shop,
  sold_7d: history(sales, { by: { shop: f.shop }, within: '7 days' }, (past) => sum(past.price)).orElse(0),
  returned_7d: history(sales, { by: { shop: f.shop }, within: '7 days' }, (past) =>
    share(past.returned.orElse(false)),
  ).orElse(0),
}))
const returned = label(sales, (f) => f.returned.orElse(false))
const spec = featuresSpec(salesFeatures, returned, { windowMillis: 3 * 86_400_000 })

const day = (date: string, more: Row = {}): Row => ({
  at: microsOf(`${date}T00:00:00Z`),
  shop: 'north',
  price: 1.1,
  weight: 1,
  returned: false,
  ...more,
})

it('takes the rows in [asOf - window, asOf) whose outcome is known by asOf', async () => {
  await workingFolder()
  const rows = ['2001-01-06', '2001-01-07', '2001-01-08', '2001-01-09', '2001-01-10'].map((date) => day(date))
  const datasets = { sales: await storedRows(sales, rows, 'sales.parquet') }
  const result = await buildFeatureTable({ spec, asOf: '2001-01-10T00:00:00Z', datasets })
  expect(result).toStrictEqual({
    state: 'built',
    table: {
      set: 'sales',
      file: { $file: 'features.parquet' },
      rows: 3,
      asOf: '2001-01-10T00:00:00.000000Z',
      columns: [
        { name: 'price', type: 'number' },
        { name: 'returned_7d', type: 'number' },
        { name: 'shop', type: 'string' },
        { name: 'sold_7d', type: 'number' },
      ],
    },
  })
  const table = await tableRows('features.parquet')
  expect(table.map((row) => [row['$row'], row['$label'], row['sold_7d']])).toStrictEqual([
    [1, false, Math.fround(1.1)],
    [2, false, Math.fround(2.2)],
    [3, false, Math.fround(3.3)],
  ])
  expect(table.map((row) => row['$time'])).toStrictEqual([1, 2, 3].map((index) => rows[index]?.['at']))
})

it('no row and no outcome from asOf on leaves a trace', async () => {
  await workingFolder()
  const asOf = '2001-01-10T00:00:00Z'
  const rows = ['2001-01-06', '2001-01-07', '2001-01-08', '2001-01-09'].map((date) => day(date))
  const poison = ['2001-01-10', '2001-01-11'].map((date) => day(date, { price: 1e15 + 0.3, returned: true }))
  const tables: Buffer[] = []
  for (const stored of [rows, [...rows, ...poison]]) {
    await buildFeatureTable({ spec, asOf, datasets: { sales: await storedRows(sales, stored, 'sales.parquet') } })
    tables.push(await readFile('features.parquet'))
  }
  expect(tables[1]?.equals(tables[0] ?? Buffer.of())).toBe(true)
})

it('the same input gives the same bytes, however many threads', async () => {
  await workingFolder()
  const random = seeded(1)
  const rows = Array.from({ length: 5000 }, () =>
    day('2001-01-09', {
      at: microsOf('2001-01-08T00:00:00Z') + BigInt(Math.floor(random() * 500)) * 60_000_000n,
      shop: `shop ${Math.floor(random() * 20)}`,
      price: Math.round(random() * 1e4) / 100,
    }),
  )
  const datasets = { sales: await storedRows(sales, rows, 'sales.parquet') }
  const tables: Buffer[] = []
  for (const threads of [1, 2, 2, 4]) {
    await buildFeatureTable({ spec, asOf: '2001-01-10T00:00:00Z', datasets, threads })
    tables.push(await readFile('features.parquet'))
  }
  expect(tables.map((table) => table.equals(tables[0] ?? Buffer.of()))).toStrictEqual([true, true, true, true])
})

it('a row whose feature is no float32, or whose label is null, refuses the table and leaves no file', async () => {
  await workingFolder()
  const strict = featuresSpec(
    features('strict', sales, (f) => ({ huge: f.weight.times(1e30), logarithm: f.weight.ln().orElse(0) })),
    { ast: { op: 'column', name: 'returned' }, type: 'boolean' },
  )
  const rows = [day('2001-01-01'), day('2001-01-02', { weight: 1e20 }), day('2001-01-03', { returned: null })]
  const datasets = { sales: await storedRows(sales, rows, 'sales.parquet') }
  const result = await buildFeatureTable({ spec: strict, asOf: null, datasets })
  expect(result).toStrictEqual({
    state: 'refused',
    count: 2,
    failures: [
      { part: 'part-0.parquet', row: 1, column: 'huge', expected: 'a finite float32', got: 'a number beyond float32' },
      { part: 'part-0.parquet', row: 2, column: '$label', expected: 'a boolean', got: 'null' },
    ],
  })
  expect(await readdir('.')).not.toContain('features.parquet')
})

it('of many refused rows a hundred are told and all counted', async () => {
  await workingFolder()
  const all = featuresSpec(
    features('all', sales, (f) => ({ ratio: f.weight.times(1e300).times(1e300) })),
    returned,
  )
  const rows = Array.from({ length: 250 }, () => day('2001-01-01'))
  const result = await buildFeatureTable({
    spec: all,
    asOf: null,
    datasets: { sales: await storedRows(sales, rows, 'sales.parquet') },
  })
  expect(result).toMatchObject({ state: 'refused', count: 250 })
  const failures = result.state === 'refused' ? result.failures : []
  expect(failures.map(({ row, got }) => [row, got])).toStrictEqual(
    Array.from({ length: 100 }, (_, row) => [row, 'infinity']),
  )
})

it('a number with more decimals than its column declares refuses the sums over it', async () => {
  await workingFolder()
  const rows = [day('2001-01-07'), day('2001-01-08', { price: 1.005 }), day('2001-01-09')]
  const datasets = { sales: await storedRows(sales, rows, 'sales.parquet') }
  expect(await buildFeatureTable({ spec, asOf: '2001-01-10T00:00:00Z', datasets })).toMatchObject({
    state: 'refused',
    count: 1,
    failures: [{ part: 'part-0.parquet', row: 1 }],
  })
})

it('a mean over numbers without declared decimals names feature, column and remedy', async () => {
  await workingFolder()
  const vague = features('vague', sales, (f) => ({
    weight_7d: history(sales, { by: { shop: f.shop }, within: '7 days' }, (past) => mean(past.weight)).orElse(0),
  }))
  const datasets = { sales: await storedRows(sales, [day('2001-01-09')], 'sales.parquet') }
  await expect(buildFeatureTable({ spec: featuresSpec(vague, returned), asOf: null, datasets })).rejects.toMatchObject({
    code: 'no-exact-scale',
    message:
      'weight_7d: expected numbers with declared decimals to take the mean of, got "sales.weight"; declare .meta({ decimals })',
  })
})

it('names and values that are SQL have no effect', async () => {
  await workingFolder()
  const name = 'x"; DROP TABLE examples; --'
  const hostile = contract('hostile', {
    key: [name],
    time: "a't",
    columns: { [name]: z.string(), "a't": timestamp(), select: z.int() },
    outcomes: {},
  })
  const evil = "'; DROP TABLE examples; --"
  const set = {
    name: 'set',
    from: hostile,
    reads: [hostile],
    features: [
      {
        name: 'is_evil',
        type: 'boolean',
        expression: { op: 'eq', args: [column(name), { op: 'literal', type: 'string', value: evil }] },
      },
      {
        name: 'seen',
        type: 'number',
        expression: {
          op: 'history',
          from: 'hostile',
          by: { [name]: column(name) },
          withinMillis: 1000,
          aggregate: { op: 'sum', of: column('select') },
        },
      },
    ],
  } as const
  const seen = {
    op: 'coalesce',
    args: [set.features[1].expression, { op: 'literal', type: 'number', value: 0 }],
  } as const
  const rows = [0n, 1n].map((at) => ({ [name]: evil, "a't": at, select: 3 }))
  const result = await buildFeatureTable({
    spec: featuresSpec(
      { ...set, features: [set.features[0], { ...set.features[1], expression: seen }] },
      { ast: column(name), type: 'string' },
    ),
    asOf: null,
    datasets: { hostile: await storedRows(hostile, rows, "it's [a] *.parquet") },
  })
  expect(result.state).toBe('built')
  const table = await tableRows('features.parquet')
  expect(table.map((row) => [row['is_evil'], row['seen'], row['$label']])).toStrictEqual([
    [true, 0, evil],
    [true, 3, evil],
  ])
})

it('without a time there is no window, and the table is in the order of part and row', async () => {
  await workingFolder()
  const people = contract('people', {
    key: ['id'],
    columns: { id: z.string(), age: z.int() },
    outcomes: { ok: z.boolean() },
  })
  const set = features('people', people, (p) => ({ age: p.age, adult: p.age.gte(18) }))
  const rows = [
    { id: 'b', age: 30, ok: true },
    { id: 'a', age: 3, ok: false },
  ]
  const result = await buildFeatureTable({
    spec: featuresSpec(
      set,
      label(people, (p) => p.ok),
    ),
    asOf: null,
    datasets: { people: await storedRows(people, rows, 'people.parquet') },
  })
  expect(result).toMatchObject({ state: 'built', table: { rows: 2, asOf: null } })
  const table = await tableRows('features.parquet')
  expect(table.map((row) => [row['age'], row['adult'], row['$time'], row['$label']])).toStrictEqual([
    [30, true, null, true],
    [3, false, null, false],
  ])
  for (const row of table) expect(row['$bucket']).toSatisfy((bucket: number) => bucket >= 0 && bucket < 1)
})

it('no rows and no parts make an empty table', async () => {
  await workingFolder()
  const notes = contract('notes', {
    key: 'row',
    time: 'at',
    columns: { at: timestamp(), mood: z.number() },
    outcomes: {},
  })
  const set = features('empty', sales, (f) => ({
    price: f.price,
    mood: latest(notes, { on: {}, within: '1 day' }).mood.orElse(0),
    sold_7d: history(sales, { by: { shop: f.shop }, within: '7 days' }, (past) => sum(past.price)).orElse(0),
  }))
  const result = await buildFeatureTable({
    spec: featuresSpec(set, returned),
    asOf: '2001-01-10T00:00:00Z',
    datasets: { sales: datasetOf(sales, []), notes: datasetOf(notes, []) },
  })
  expect(result).toMatchObject({ state: 'built', table: { rows: 0 } })
})

it('numbers too large for exact sums refuse the table', async () => {
  await workingFolder()
  const loans = contract('loans', {
    key: 'row',
    time: 'at',
    columns: { at: timestamp(), amount: decimal(38, 0), count: int64() },
    outcomes: {},
  })
  const set = features('loans', loans, () => ({
    amount: history(loans, { by: {}, within: '7 days' }, (past) => sum(past.amount)).orElse(0),
    spread: history(loans, { by: {}, within: '7 days' }, (past) => stddev(past.count)).orElse(0),
  }))
  const at = microsOf('2001-01-09T00:00:00Z')
  const rows = [
    { at, amount: '9'.repeat(38), count: 1n },
    { at, amount: '9'.repeat(38), count: 2n },
    { at, amount: '1', count: 2n ** 62n },
  ]
  const result = await buildFeatureTable({
    spec: featuresSpec(set, { ast: { op: 'literal', type: 'number', value: 1 }, type: 'number' }),
    asOf: null,
    datasets: { loans: await storedRows(loans, rows, 'loans.parquet') },
  })
  expect(result).toMatchObject({ state: 'refused', count: 3 })
})

function column(name: string): { readonly op: 'column'; readonly name: string } {
  return { op: 'column', name }
}
