import { readFile, rename, stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { Dataset, DatasetPart } from '../../data/dataset.ts'
import { validateDataset } from '../../data/validate.ts'
import type { ValidateInput, Validation } from '../../data/validation.ts'
import { atMost, contract, int64, timestamp, z } from '../../dsl/index.ts'
import type { AnyContract } from '../../dsl/contract.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'
import { ENGINE, ingestQuery, readPart, rowsIn, sha256, storedColumns, workingFolder } from './working-folder.ts'

const readings = contract('readings', {
  key: ['id'],
  time: 'taken',
  columns: {
    id: int64({ min: 0n }),
    taken: timestamp(),
    station: z.enum(['north', 'south']),
    person: z.string().max(12).nullable().meta({ pii: 'hash' }),
    mail: z.email().nullable(),
    degrees: z
      .number()
      .min(-50)
      .max(60)
      .meta({ unit: '°C', expect: { missing: atMost(0.5), mean: { atLeast: 0, atMost: 40 } } }),
  },
  outcomes: {},
})

/** SQL of `rows` sound rows from `first` on. */
function sound(first: number, rows: number): string {
  return `SELECT i AS id, TIMESTAMP '2001-01-01' + to_seconds(i) AS taken, CASE WHEN i % 2 = 0 THEN 'north' ELSE 'south' END AS station,
    'Ann' || i AS person, CASE WHEN i % 3 = 0 THEN NULL ELSE 'a' || i % 5 || '@b.co' END AS mail, (i % 40)::DOUBLE + 0.1 AS degrees
    FROM range(${first}, ${first + rows}) t(i)`
}

async function aDataset(from: AnyContract, queries: readonly string[]): Promise<Dataset> {
  const parts: DatasetPart[] = []
  for (const [index, query] of queries.entries()) {
    const part = readPart(await ingestQuery(from, query))
    await rename('part.parquet', `part-${index}.parquet`)
    parts.push({
      ...part,
      file: { $file: `part-${index}.parquet` },
      origin: { ...part.origin, name: `data/part-${index}.parquet` },
    })
  }
  const rows = parts.reduce((total, part) => total + part.rows, 0)
  return { source: from.name, key: from.key, time: from.time, columns: storedColumns(from), rows, parts }
}

async function validated(
  from: AnyContract,
  dataset: Dataset,
  {
    quarantineAtMost = 0,
    unparsable = [],
    unknownAfter = null,
  }: { quarantineAtMost?: number } & Partial<Pick<ValidateInput, 'unparsable' | 'unknownAfter'>> = {},
): Promise<Validation> {
  const columns = from.columns.map(({ name, pii, expect: expectations }) => ({ name, pii, expect: expectations }))
  const spec = { source: from.name, schema: from.schema, key: from.key, columns, quarantineAtMost }
  return validateDataset({ dataset, spec, columns: from.columns, unparsable, unknownAfter }, ENGINE)
}

function failedChecks({ checks }: Validation): readonly string[] {
  return checks
    .filter(({ passed }) => !passed)
    .map(({ name, column, expected, got }) => `${name} ${column}: expected ${expected}, got ${got}`)
}

test('a sound dataset passes as it is', async () => {
  await workingFolder()
  const dataset = await aDataset(readings, [sound(0, 500), sound(500, 300)])
  const found = await validated(readings, dataset)
  expect(found).toMatchObject({ passed: true, rows: 800, quarantined: 0, failures: [], quarantine: null, dataset })
  const report: unknown = JSON.parse(await readFile(found.report.$file, 'utf8'))
  expect(report).toMatchObject({
    source: 'readings',
    columns: expect.arrayContaining([
      expect.objectContaining({ name: 'degrees', unit: '°C', missing: 0, min: 0.1, max: 39.1 }),
      expect.objectContaining({ name: 'mail', missing: 267 }),
      expect.objectContaining({ name: 'person', min: null, max: null }),
    ]),
  })
})

const BREAKS = [
  ['id', '-1 - i', '^an integer from 0 to 9223372036854775807$', '^"-'],
  ['station', "'west'", '^one of "north","south"$', '^"west"$'],
  ['station', 'NULL', '^a value$', '^null$'],
  ['person', "'Ann of the long name'", '^at most 12 characters$', '^a string of 20 characters$'],
  ['mail', "'nobody'", '^text (of format email|that matches .*)$', '^"nobody"$'],
  ['degrees', '60.5', '^<= 60$', '^60.5$'],
  ['degrees', "'NaN'::DOUBLE", '^number$', '^NaN$'],
  ['taken', 'NULL', '^a value$', '^null$'],
] as const

test('planted rows are found, and no others, each with its fault', async () => {
  await workingFolder()
  const seed = chosenSeed()
  const random = seeded(seed)
  const planted = new Map<number, number>()
  while (planted.size < 40) planted.set(Math.floor(random() * 3000), Math.floor(random() * BREAKS.length))
  const queries = [0, 1000, 2000].map((first) => {
    const columns = ['id', 'taken', 'station', 'person', 'mail', 'degrees'].map((name) => {
      const cases = [...planted].filter(([, fault]) => BREAKS[fault]?.[0] === name)
      const whens = cases.map(([i, fault]) => `WHEN i = ${i} THEN ${BREAKS[fault]?.[1]}`).join(' ')
      return whens === '' ? name : `CASE ${whens} ELSE ${name} END AS ${name}`
    })
    return `SELECT ${columns.join(', ')} FROM (SELECT id AS i, * FROM (${sound(first, 1000)}))`
  })
  const dataset = await aDataset(readings, [...queries, sound(3000, 10)])
  const found = await validated(readings, dataset, { quarantineAtMost: 0.05 })
  expect(found, `SEED=${seed}`).toMatchObject({ passed: true, rows: 3010, quarantined: 40, dataset: { rows: 2970 } })
  expect(found.failures).toHaveLength(20)
  const report = JSON.parse(await readFile('report.json', 'utf8')) as { failures: Validation['failures'] }
  const places = report.failures.map(({ part, row }) => Number(part.at(10)) * 1000 + (row ?? NaN))
  expect(new Set(places)).toEqual(new Set(planted.keys()))
  for (const { part, row, column, expected, got } of report.failures) {
    const fault = BREAKS[planted.get(Number(part.at(10)) * 1000 + (row ?? NaN)) ?? -1]
    expect(column).toBe(fault?.[0])
    expect(expected).toMatch(new RegExp(fault?.[2] ?? 'none'))
    expect(got).toMatch(new RegExp(fault?.[3] ?? 'none'))
  }
  const kept = await Promise.all(found.dataset.parts.map(async ({ file }) => (await rowsIn(file.$file)).length))
  expect(kept).toEqual(found.dataset.parts.map(({ rows }) => rows))
  expect(found.dataset.parts[3]).toEqual(dataset.parts[3])
  const quarantine = await rowsIn('quarantine.parquet')
  expect(quarantine).toHaveLength(40)
  const people = quarantine.map(({ person }) => person)
  expect(new Set(people)).toEqual(new Set(['***']))
  expect(`${JSON.stringify(found)}${await readFile('report.html', 'utf8')}${JSON.stringify(report)}`).not.toContain(
    'Ann',
  )
})

test('too many bad rows, with those that ingest put aside, fail as a value', async () => {
  await workingFolder()
  const dataset = await aDataset(readings, [sound(0, 98)])
  const failure = { part: 'data/part-0.parquet', row: 1, column: 'kind', expected: 'a number', got: 'x' }
  const unparsable = [{ part: 'data/part-0.parquet', rows: 2, failures: [failure] }]
  const found = await validated(readings, dataset, { quarantineAtMost: 0.01, unparsable })
  expect(found).toMatchObject({ passed: false, rows: 100, quarantined: 2, failures: [failure] })
  expect(failedChecks(found)).toEqual(['quarantine null: expected at most 0.01 of the rows put aside, got 2 of 100'])
  expect(await validated(readings, dataset, { quarantineAtMost: 0.02, unparsable })).toMatchObject({ passed: true })
})

test('a key that comes again fails, and each row but the first is told', async () => {
  await workingFolder()
  const dataset = await aDataset(readings, [sound(0, 50), sound(48, 50), sound(48, 1)])
  const found = await validated(readings, dataset)
  expect(failedChecks(found)).toEqual(["key id: expected unique, got 3 rows with an earlier row's key"])
  expect(found.failures.map(({ part, row, got }) => [part, row, got])).toEqual([
    ['data/part-1.parquet', 0, '"48"'],
    ['data/part-1.parquet', 1, '"49"'],
    ['data/part-2.parquet', 0, '"48"'],
  ])
  expect(found.dataset.rows).toBe(101)
})

test('a personal key that comes again is told by type and length', async () => {
  await workingFolder()
  const people = contract('people', {
    key: ['name'],
    outcomes: {},
    columns: { name: z.string().meta({ pii: 'mask' }) },
  })
  const found = await validated(people, await aDataset(people, ["SELECT 'Ann' AS name FROM range(3)"]))
  expect(found.failures.map(({ got }) => got)).toEqual(['a string of 3 characters', 'a string of 3 characters'])
})

const measured = contract('measured', {
  key: 'row',
  outcomes: {},
  columns: {
    a: z
      .number()
      .nullable()
      .meta({ expect: { missing: atMost(0.25), mean: { atMost: 1 } } }),
    b: z.string().meta({ expect: { distinct: atMost(2) } }),
    c: z.int().meta({ expect: { mean: { atLeast: 10 } } }),
  },
})

test('each expectation of a column is checked, and a missing column hides none of them', async () => {
  await workingFolder()
  const query = "SELECT CASE WHEN i < 5 THEN NULL ELSE 2.5::DOUBLE END AS a, 'x' || i AS b, i AS c FROM range(10) t(i)"
  const whole = await aDataset(measured, [query])
  const wanted = [
    'missing a: expected share at most 0.25, got 0.5',
    'mean a: expected a mean of at most 1, got 2.5',
    'distinct b: expected at most 2 values, got 10',
  ]
  expect(failedChecks(await validated(measured, whole))).toEqual([
    ...wanted,
    'mean c: expected a mean of at least 10, got 4.5',
  ])
  const without = { ...whole, columns: whole.columns.filter(({ name }) => name !== 'c') }
  expect(failedChecks(await validated(measured, without))).toEqual([
    ...wanted,
    'column c: expected the column, got none of that name',
  ])
})

test('a dataset without parts has no rows and no numbers', async () => {
  await workingFolder()
  const found = await validated(measured, await aDataset(measured, []))
  expect(found).toMatchObject({ passed: false, rows: 0, dataset: { parts: [] } })
  expect(failedChecks(found)).toEqual([
    'mean a: expected a mean of at most 1, got no numbers',
    'mean c: expected a mean of at least 10, got no numbers',
  ])
})

test('the page is escaped, small, stands alone and is the same each time, as are report and quarantine', async () => {
  await workingFolder()
  const odd = contract('odd', {
    key: 'row',
    outcomes: {},
    columns: {
      '<b>&"': z.string().max(3).meta({ description: '<script>alert(1)</script>', unit: '<i>' }),
      n: z.number().max(1),
    },
  })
  const rows = 'SELECT \'<img src=x onerror=alert(1)>\' AS "<b>&""", i / 7 AS n FROM range(5000) t(i)'
  const dataset = await aDataset(odd, [rows])
  const files = ['report.json', 'report.html', 'quarantine.parquet', 'clean-0.parquet']
  await validated(odd, dataset)
  const first = await Promise.all(files.map(sha256))
  await validated(odd, dataset)
  expect(await Promise.all(files.map(sha256))).toEqual(first)
  const page = await readFile('report.html', 'utf8')
  expect(page).not.toMatch(/<script|<img|<b>|<i>|https?:|src=x(?!&)[^ ]/)
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;')
  expect((await stat('report.html')).size).toBeLessThan(30_000)
  expect(
    (JSON.parse(await readFile('report.json', 'utf8')) as { failures: unknown[] }).failures.length,
  ).toBeLessThanOrEqual(2000)
})

test('sums of doubles come out the same, whatever the threads', async () => {
  await workingFolder()
  const one = contract('one', { key: 'row', outcomes: {}, columns: { x: z.number() } })
  const dataset = await aDataset(one, [
    'SELECT sin(i) * 10 ** (i % 15) AS x FROM range(400000) t(i)',
    'SELECT cos(i) AS x FROM range(200000) t(i)',
  ])
  const spec = { source: 'one', schema: one.schema, key: 'row', columns: [], quarantineAtMost: 0 } as const
  const reports = []
  for (const threads of [1, 2, 3, 2]) {
    await validateDataset(
      { dataset, spec, columns: one.columns, unparsable: [], unknownAfter: null },
      { memoryMib: 256, threads },
    )
    reports.push(await readFile('report.json', 'utf8'))
  }
  expect(new Set(reports).size).toBe(1)
})

function at(hour: number, late: string): string {
  return `SELECT TIMESTAMP '2001-01-01' + to_hours(${hour}) AS "at", 1 AS n, ${late} AS late`
}

test('outcomes that are not known yet break no contract and are not missing; others do', async () => {
  await workingFolder()
  const timed = contract('timed', {
    key: 'row',
    time: 'at',
    outcomesKnownAfter: '6 hours',
    columns: { at: timestamp(), n: z.int() },
    outcomes: { late: z.int().meta({ expect: { missing: atMost(0) } }) },
  })
  const dataset = await aDataset(timed, [`${at(1, '5')} UNION ALL ${at(2, 'NULL')} UNION ALL ${at(9, 'NULL')}`])
  const all = await validated(timed, dataset, { quarantineAtMost: 1 })
  expect([all.quarantined, all.dataset.rows]).toEqual([2, 1])
  const known = await validated(timed, dataset, { quarantineAtMost: 1, unknownAfter: '2001-01-01T06:00:00.000000Z' })
  expect([known.quarantined, known.dataset.rows, known.passed]).toEqual([1, 2, true])
  expect(known.failures.map(({ row, column }) => [row, column])).toEqual([[1, 'late']])
})
