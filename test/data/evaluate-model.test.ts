import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { Dataset } from '../../data/dataset.ts'
import { withDuckDb, quoteText } from '../../data/duckdb.ts'
import { evaluateModel, type EvaluationInput } from '../../data/evaluate-model.ts'
import type { FeatureTable } from '../../data/feature-table.ts'
import type { EvaluateSpec } from '../../dsl/lifecycle/nodes.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { onnxModel } from './onnx-models.ts'

const home = process.cwd()
afterEach(() => process.chdir(home))

const spec: EvaluateSpec = {
  model: 'late',
  task: 'binary',
  split: { by: 'time', holdoutMillis: 10 * 86_400_000 },
  overall: [{ metric: 'auc', limit: { atLeast: 0.6 } }],
  slices: [{ column: 'carrier', limits: [{ metric: 'auc', limit: { atLeast: 0.6 } }] }],
  incumbent: [{ metric: 'auc', limit: { notWorseBy: 0.01 } }],
  fairness: { threshold: 0.5, columns: [] },
  protectedColumns: ['seat "x"'],
}

/**
 * 3,000 rows, one every 12 minutes, the last 1,200 within ten days of asOf. Feature x is the logit by which the label was
 * drawn; `noise` has nothing to do with it.
 */
const ROWS = `
  select i, (timestamp '2001-01-01' + to_minutes(12 * i)) as "$time", 'part' || i % 2 as "$part", i // 2 as "$row",
    (i * 0.618034 % 1) as "$bucket", (4 * (i * 0.7548777 % 1) - 2)::float as x, (i * 0.5698403 % 1)::float as noise,
    (i * 0.4142136 % 1) < 1 / (1 + exp(-(4 * (i * 0.7548777 % 1) - 2))) as late
  from range(3000) r(i)`
const FIRST_HELD_OUT = 1800
/** Of those on the left the model thinks less, and they are late less often; three rows are on neither side. */
const SIDE = `case when i % 1000 = 900 then null when (i * 0.7548777 % 1) < 0.4 then 'left' else 'right' end`

/** The current folder is the test's own, as a child's is; the tables lie in it. */
async function project(): Promise<EvaluationInput> {
  const folder = await temporaryFolder()
  process.chdir(folder)
  await withDuckDb({ memoryMib: 500, threads: 2 }, async (connection) => {
    const write = (sql: string, name: string): Promise<unknown> =>
      connection.run(`copy (${sql}) to ${quoteText(name)} (format parquet)`)
    await write(
      `select x, "$part", "$row", "$time", "$bucket", late as "$label" from (${ROWS}) order by i`,
      'table.parquet',
    )
    await write(`select noise as x, "$part", "$row" from (${ROWS}) where i % 4 > 0 order by i`, 'old.parquet')
    for (const part of [0, 1]) {
      const carrier = `case when i % 100 = 0 then null when i % 10 < 6 then 'AA' when i % 10 = 9 then 'one' else '<b>' end`
      await write(
        `select "$part", "$row", ${carrier} as carrier, i % 4 = 0 as "seat ""x""", ${SIDE} as side from (${ROWS}) where "$part" = 'part${part}'`,
        `part${part}.parquet`,
      )
    }
  })
  return {
    spec,
    table: tableOf('table.parquet'),
    model: { $file: await onnxModel(folder, 'binary') },
    training: { classes: ['false', 'true'] },
    dataset: datasetOf(['part0.parquet', 'part1.parquet']),
    incumbent: null,
  }
}

function tableOf($file: string): FeatureTable {
  const columns = [{ name: 'x', type: 'number' }] as const
  return { set: 'f', file: { $file }, rows: 3000, asOf: '2001-01-26T00:00:00.000000Z', columns }
}

function datasetOf(files: readonly string[]): Dataset {
  const parts = files.map(($file) => ({
    file: { $file },
    rows: 1500,
    span: null,
    origin: { name: $file, digest: '0', bytes: 0 },
  }))
  return { source: 'flights', key: 'row', time: 't', columns: [], rows: 3000, parts }
}

/** Of the held-out rows of which `condition` holds, the share of which `is` holds. */
async function shareOf(is: string, condition: string): Promise<number> {
  return withDuckDb({ memoryMib: 500, threads: 2 }, async (connection) => {
    const sql = `select avg(case when ${is} then 1 else 0 end) from (${ROWS}) where i >= ${FIRST_HELD_OUT} and ${condition}`
    return Number((await connection.runAndReadAll(sql)).getRowsJS()[0]?.[0])
  })
}

/** The definition, from the rows themselves. */
async function aucFrom(condition: string): Promise<number> {
  return withDuckDb({ memoryMib: 500, threads: 2 }, async (connection) => {
    const reader = await connection.runAndReadAll(`
      with r as (from (${ROWS}) where i >= ${FIRST_HELD_OUT} and ${condition})
      select avg(case when p.x > n.x then 1 when p.x = n.x then 0.5 else 0 end)
      from r p, r n where p.late and not n.late`)
    return Number(reader.getRowsJS()[0]?.[0])
  })
}

test('the holdout is what lies within it, and its metrics are those of its rows', async () => {
  const found = await evaluateModel(await project())
  expect(found).toMatchObject({
    model: 'late',
    task: 'binary',
    rows: 1200,
    unknownClass: 0,
    incumbent: null,
    passed: true,
  })
  expect(found.metrics['auc']).toBeCloseTo(await aucFrom('true'), 9)
  const { low, high } = found.intervals['auc'] ?? { low: 1, high: 0 }
  expect([low < (found.metrics['auc'] ?? 0), high > (found.metrics['auc'] ?? 1), high - low < 0.1]).toEqual([
    true,
    true,
    true,
  ])
  expect(found.calibration?.bins).toHaveLength(10)
  expect(found.calibration?.error).toBeLessThan(0.05)
})

test('slices have their rows, their metrics and their gates', async () => {
  const found = await evaluateModel(await project())
  const carriers = found.slices.find(({ column }) => column === 'carrier')
  expect(carriers?.slices.map(({ value, rows, unmeasured }) => [value, rows, unmeasured])).toEqual([
    ['AA', 708, null],
    ['<b>', 360, null],
    ['one', 120, null],
    [null, 12, 'fewer than 50 rows'],
  ])
  expect(carriers?.slices[0]?.metrics?.['auc']).toBeCloseTo(await aucFrom('i % 10 < 6 and i % 100 > 0'), 9)
  expect(found.gates.map(({ name }) => name)).toEqual([
    'overall.auc',
    'incumbent.auc',
    'slices.carrier["AA"].auc',
    'slices.carrier["<b>"].auc',
    'slices.carrier["one"].auc',
  ])
  const seats = found.slices.find(({ column }) => column === 'seat "x"')
  expect(seats).toMatchObject({
    protected: true,
    slices: [
      { value: 'false', rows: 900 },
      { value: 'true', rows: 300 },
    ],
  })
})

test('what the model looks at, and the reasons of its lowest decisions', async () => {
  const found = await evaluateModel(await project())
  expect(found.importance).toMatchObject({ metric: 'auc', rows: 1200, features: [{ name: 'x' }] })
  // Shuffled, its only feature tells nothing.
  expect((found.metrics['auc'] ?? 0) - (found.importance?.features[0]?.loss ?? 0)).toBeCloseTo(0.5, 1)
  const usual = await withDuckDb({ memoryMib: 500, threads: 2 }, async (connection) => {
    const sql = `select list_sort(list(x)) as xs from (${ROWS}) where i >= ${FIRST_HELD_OUT} and late`
    const xs = (await connection.runAndReadAll(sql)).getRowObjectsJS()[0]?.['xs'] as readonly number[]
    return 1 / (1 + Math.exp(-(xs[Math.floor(xs.length / 2)] ?? 0)))
  })
  expect(found.reasons).toHaveLength(20)
  expect(found.reasons.map(({ probability }) => probability)).toEqual(
    found.reasons.map(({ probability }) => probability).toSorted((one, other) => one - other),
  )
  for (const { probability, reasons } of found.reasons) {
    expect(reasons.map(({ feature }) => feature)).toEqual(['x'])
    expect(reasons[0]?.gain).toBeCloseTo(usual - probability, 6)
  }
  const page = await readFile('evaluation.html', 'utf8')
  expect(page).toContain('What it looks at')
  expect(page).toContain('Reasons of the lowest decisions')
})

test('the groups of protected columns are compared, and a model that treats them too differently is stopped', async () => {
  const limits = [
    { metric: 'demographic_parity_ratio', limit: { atLeast: 0.8 } },
    { metric: 'equalized_odds_difference', limit: { atMost: 0.1 } },
  ]
  const columns = [{ column: 'side', limits }]
  const found = await evaluateModel({
    ...(await project()),
    spec: { ...spec, protectedColumns: ['seat "x"', 'side'], fairness: { threshold: 0.6, columns } },
  })
  const [seats, sides] = found.fairness
  expect(seats?.metrics['demographic_parity_ratio']).toBeGreaterThan(0.8)
  expect(sides?.groups.map(({ value, compared }) => [value, compared])).toEqual([
    ['right', true],
    ['left', true],
    [null, false],
  ])
  // By the model's own formula, row by row; see ROWS.
  const chosen = '1 / (1 + exp(-(4 * (i * 0.7548777 % 1) - 2))) >= 0.6'
  const [left, right] = [await shareOf(chosen, `${SIDE} = 'left'`), await shareOf(chosen, `${SIDE} = 'right'`)]
  expect(sides?.groups.map(({ selection_rate }) => selection_rate).slice(0, 2)).toEqual([right, left])
  expect(sides?.metrics['demographic_parity_ratio']).toBeCloseTo(left / right, 12)
  const interval = sides?.intervals['demographic_parity_difference']
  expect(interval?.low).toBeLessThan(right - left)
  expect(interval?.high).toBeGreaterThan(right - left)
  expect(
    found.gates.filter(({ name }) => name.startsWith('fairness')).map(({ name, passed }) => [name, passed]),
  ).toEqual([
    ['fairness.side.demographic_parity_ratio', false],
    ['fairness.side.equalized_odds_difference', false],
  ])
  expect(found.passed).toBe(false)
  expect(await readFile('evaluation.html', 'utf8')).toContain('Fairness by side')
})

test('a slice below its bound fails the evaluation', async () => {
  const limits = [{ metric: 'auc', limit: { atLeast: 0.99 } }]
  const found = await evaluateModel({
    ...(await project()),
    spec: { ...spec, slices: [{ column: 'carrier', limits }] },
  })
  expect(found.passed).toBe(false)
  expect(found.gates.filter(({ passed }) => !passed).map(({ name }) => name.split('[')[0])).toEqual([
    'slices.carrier',
    'slices.carrier',
    'slices.carrier',
  ])
})

test('the incumbent is compared on the rows that both have, and a worse candidate fails', async () => {
  const input = await project()
  const [table, old] = [input.table, tableOf('old.parquet')]
  const incumbent = { model: input.model, classes: null, name: 'late', version: 3, table: old }
  const better = await evaluateModel({ ...input, incumbent })
  expect(better.incumbent).toMatchObject({ name: 'late', version: 3, rows: 900, missing: 300 })
  expect(better.incumbent?.candidate['auc']).toBeCloseTo(await aucFrom('i % 4 > 0'), 9)
  expect(better.incumbent?.intervals['auc']?.low).toBeGreaterThan(0)
  expect(better.gates.find(({ name }) => name === 'incumbent.auc')).toMatchObject({ passed: true })

  const same = await evaluateModel({ ...input, incumbent: { ...incumbent, table } })
  expect(same.incumbent?.intervals['auc']).toEqual({ low: 0, high: 0 })

  const reversed = await evaluateModel({
    ...input,
    training: { classes: ['true', 'false'] },
    incumbent: { ...incumbent, table },
  })
  const gate = reversed.gates.find(({ name }) => name === 'incumbent.auc')
  expect(gate).toMatchObject({ passed: false, bound: { notWorseBy: 0.01 } })
  expect(gate?.value).toBeCloseTo(2 * (same.metrics['auc'] ?? 0) - 1, 9)
})

test('a share by key holds out the rows below it', async () => {
  const found = await evaluateModel({
    ...(await project()),
    spec: { ...spec, split: { by: 'key', holdoutShare: 0.25 } },
  })
  const below = Array.from({ length: 3000 }, (_, i) => (i * 618_034) % 1_000_000).filter((bucket) => bucket < 250_000)
  expect(found.rows).toBe(below.length)
})

test('an empty holdout measures nothing and passes no gate', async () => {
  const found = await evaluateModel({ ...(await project()), spec: { ...spec, split: { by: 'key', holdoutShare: 0 } } })
  expect(found).toMatchObject({ rows: 0, metrics: {}, intervals: {}, calibration: null, slices: [], passed: false })
  expect(found.gates[0]).toMatchObject({ name: 'overall.auc', value: null, passed: false })
})

test('the same input gives the same bytes, on one thread or two', async () => {
  const input = await project()
  const bytes = async (threads: number): Promise<readonly string[]> => {
    const { report, page } = await evaluateModel({ ...input, duckDb: { memoryMib: 500, threads } })
    return Promise.all([report, page].map(({ $file }) => readFile(join(process.cwd(), $file), 'utf8')))
  }
  const first = await bytes(1)
  expect(await bytes(2)).toEqual(first)
  expect(JSON.parse(first[0] ?? '')).toMatchObject({ model: 'late', rows: 1200 })
})

test('the page shows values as text', async () => {
  const found = await evaluateModel(await project())
  const page = await readFile(found.page.$file, 'utf8')
  expect(page).toContain('&lt;b&gt;')
  expect(page).not.toContain('<b>')
  expect(page).toContain('<span class="result pass">pass</span>')
})

test('a prediction that is no number ends the evaluation with its row', async () => {
  const input = await project()
  const model = { $file: await onnxModel(process.cwd(), 'logarithm') }
  const regression = { ...spec, task: 'regression', overall: [], slices: [], incumbent: [] } as const
  await withDuckDb({ memoryMib: 500, threads: 1 }, (connection) =>
    connection.run(`copy (select * replace (1.5::double as "$label") from 'table.parquet') to 'numbers.parquet'`),
  )
  const evaluated = evaluateModel({
    ...input,
    spec: regression,
    model,
    table: tableOf('numbers.parquet'),
    training: { classes: null },
  })
  await expect(evaluated).rejects.toMatchObject({
    code: 'model-not-finite',
    message: expect.stringMatching(/^prediction of holdout row \d: expected a number, got NaN$/),
  })
})

test('classes are told apart by their names, and those the model does not know are counted', async () => {
  const input = await project()
  const classOf = `case when i % 50 = 0 then 'new' when late then 'c' else 'a' end`
  await withDuckDb({ memoryMib: 500, threads: 1 }, (connection) =>
    connection.run(`copy (select t.* replace (${classOf} as "$label")
      from 'table.parquet' t join (select i, late, "$part", "$row" from (${ROWS})) using ("$part", "$row")) to 'classes.parquet'`),
  )
  const found = await evaluateModel({
    ...input,
    spec: { ...spec, task: 'multiclass', overall: [], slices: [], incumbent: [], protectedColumns: [] },
    model: { $file: await onnxModel(process.cwd(), 'softmax3') },
    table: tableOf('classes.parquet'),
    training: { classes: ['a', 'b', 'c'] },
  })
  expect(found).toMatchObject({ rows: 1200, unknownClass: 24, passed: true })
  expect(found.metrics['accuracy']).toBeGreaterThan(0.6)
  // No row is of class b.
  expect(found.metrics).not.toHaveProperty('macro_auc')
})
