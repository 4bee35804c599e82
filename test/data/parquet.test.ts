import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { cutPart } from '../../data/cut-part.ts'
import { withDuckDb } from '../../data/duckdb.ts'
import { contract, decimal, int64, timestamp, z } from '../../dsl/index.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'
import { ENGINE, ingest, ingestQuery, readPart, rowsIn, sha256, workingFolder } from './working-folder.ts'

function single(column: z.ZodType<string | number | boolean | bigint | Date>) {
  return contract('single', { key: 'row', columns: { c: column }, outcomes: {} })
}

test.each([
  ['VARCHAR', z.string(), "'x'"],
  ['DOUBLE', z.number(), '1.5::DOUBLE'],
  ['FLOAT', z.number(), '1.5::FLOAT'],
  ['INTEGER', z.number(), '1::INTEGER'],
  ['UINTEGER', z.int(), '1::UINTEGER'],
  ['BIGINT', z.int(), '1::BIGINT'],
  ['TINYINT', int64(), '1::TINYINT'],
  ['DECIMAL(6,2)', decimal(8, 2), '1::DECIMAL(6,2)'],
  ['SMALLINT', decimal(8, 2), '1::SMALLINT'],
  ['TIMESTAMP', timestamp(), "TIMESTAMP '2001-01-01'"],
  ['TIMESTAMPTZ', timestamp(), "TIMESTAMPTZ '2001-01-01 00:00:00+01'"],
  ['TIMESTAMP_MS', z.date(), "'2001-01-01'::TIMESTAMP_MS"],
  ['BOOLEAN', z.boolean(), 'true'],
  ['VARCHAR', z.enum(['x']), "'x'"],
])('a %s column is held without loss', async (_, column, value) => {
  await workingFolder()
  expect(readPart(await ingestQuery(single(column), `SELECT ${value} AS c`)).rows).toBe(1)
})

test.each([
  [
    'BIGINT',
    z.number(),
    '1::BIGINT',
    'DOUBLE or a type that it holds without loss; declare integers z.int() or int64()',
  ],
  ['DOUBLE', z.int(), '1::DOUBLE', 'BIGINT or a type that it holds without loss'],
  ['UBIGINT', int64(), '1::UBIGINT', 'BIGINT or a type that it holds without loss'],
  ['VARCHAR', z.int(), "'1'", 'BIGINT or a type that it holds without loss'],
  ['DOUBLE', decimal(8, 2), '1::DOUBLE', 'DECIMAL(8, 2) or a type that it holds without loss'],
  ['DECIMAL(9,2)', decimal(8, 2), '1::DECIMAL(9,2)', 'DECIMAL(8, 2) or a type that it holds without loss'],
  ['DECIMAL(6,3)', decimal(8, 2), '1::DECIMAL(6,3)', 'DECIMAL(8, 2) or a type that it holds without loss'],
  ['INTEGER', decimal(8, 2), '1::INTEGER', 'DECIMAL(8, 2) or a type that it holds without loss'],
  [
    'DATE',
    timestamp(),
    "DATE '2001-01-01'",
    'TIMESTAMP or a type that it holds without loss; write instants with microseconds',
  ],
  [
    'TIMESTAMP_NS',
    timestamp(),
    "'2001-01-01'::TIMESTAMP_NS",
    'TIMESTAMP or a type that it holds without loss; write instants with microseconds',
  ],
  ['BLOB', z.string(), "'x'::BLOB", 'VARCHAR or a type that it holds without loss'],
  ['INTEGER[]', z.string(), '[1]', 'VARCHAR or a type that it holds without loss'],
  ['INTEGER', z.boolean(), '1::INTEGER', 'BOOLEAN or a type that it holds without loss'],
])('a %s column that would lose something is refused', async (got, column, value, expected) => {
  await workingFolder()
  expect(await ingestQuery(single(column), `SELECT ${value} AS c`)).toEqual({
    state: 'refused',
    failures: [{ part: 'data/source.parquet', row: null, column: 'c', expected, got }],
  })
})

const three = contract('three', {
  key: ['id'],
  time: 'at',
  outcomes: { y: z.int() },
  columns: { id: int64(), at: timestamp(), x: z.string() },
})

test('every missing and unfit column is told at once, and other columns are not read', async () => {
  await workingFolder()
  const found = await ingestQuery(
    three,
    "SELECT 1.5::DOUBLE AS id, {'at': 1, 'x': 2} AS nested, 'extra' AS extra, DATE '2001-01-01' AS \"AT\", 'y' AS y",
  )
  expect(found.state === 'refused' && found.failures.map(({ column, got }) => `${column}: ${got}`)).toEqual([
    'at: 5 columns, none of that name',
    'x: 5 columns, none of that name',
    'id: DOUBLE',
    'y: VARCHAR',
  ])
})

test('a folder named like a pattern or a partition adds nothing', async () => {
  await workingFolder()
  await ingestQuery(three, THREE)
  await mkdir("id=9/[a]*'b", { recursive: true })
  await copyFile('source.parquet', "id=9/[a]*'b/s?.parquet")
  const part = readPart(await ingest(three, { path: "id=9/[a]*'b/s?.parquet", format: { type: 'parquet' } }))
  expect((await rowsIn(part.file.$file)).map(({ id }) => id)).toEqual(['1', '2', '3'])
})

const THREE = `SELECT * FROM (VALUES (3::BIGINT, TIMESTAMP '2001-01-03', 'c', 3::BIGINT), (1, '2001-01-01 00:00:00.000001', 'a', 1), (2, '2001-01-02', NULL, 2)) t(id, "at", x, y)`

test('rows stand in the order of the key with their place in the source, and the span is that of the time', async () => {
  await workingFolder()
  const part = readPart(await ingestQuery(three, THREE))
  expect(part).toMatchObject({
    rows: 3,
    span: { first: '2001-01-01T00:00:00.000001Z', last: '2001-01-03T00:00:00.000000Z' },
    origin: { name: 'data/source.parquet' },
  })
  const mark = (await sha256('source.parquet')).slice(0, 16)
  expect(await rowsIn(part.file.$file)).toEqual([
    { id: '1', at: '2001-01-01 00:00:00.000001', x: 'a', y: '1', $part: mark, $row: '1' },
    { id: '2', at: '2001-01-02 00:00:00', x: null, y: '2', $part: mark, $row: '2' },
    { id: '3', at: '2001-01-03 00:00:00', x: 'c', y: '3', $part: mark, $row: '0' },
  ])
})

test('a cut keeps the rows before asOf', async () => {
  await workingFolder()
  const part = readPart(await ingestQuery(three, THREE))
  await rename('part.parquet', 'whole.parquet')
  const cut = await cutPart(
    {
      part: { ...part, file: { $file: 'whole.parquet' } },
      time: 'at',
      asOf: '2001-01-02T01:00:00.000+01:00',
      outcomes: [],
      unknownAfter: '2001-01-02T01:00:00.000+01:00',
    },
    ENGINE,
  )
  expect(cut).toMatchObject({
    rows: 1,
    span: { first: '2001-01-01T00:00:00.000001Z', last: '2001-01-01T00:00:00.000001Z' },
  })
  expect((await rowsIn('part.parquet')).map(({ id }) => id)).toEqual(['1'])
})

test('a cut takes outcomes away that are not known before asOf', async () => {
  await workingFolder()
  const part = readPart(await ingestQuery(three, THREE))
  await rename('part.parquet', 'whole.parquet')
  const whole = { ...part, file: { $file: 'whole.parquet' } }
  const asOf = '2001-01-04T00:00:00.000000Z'
  await cutPart({ part: whole, time: 'at', asOf, outcomes: ['y'], unknownAfter: '2001-01-02T00:00:00.000000Z' }, ENGINE)
  expect((await rowsIn('part.parquet')).map(({ id, y }) => [id, y])).toEqual([
    ['1', '1'],
    ['2', '2'],
    ['3', null],
  ])
})

test('the same file gives the same bytes, whatever the threads', async () => {
  await workingFolder()
  await withDuckDb(ENGINE, (connection) =>
    connection.run(
      `COPY (SELECT (i * 7919) % 300007 AS id, TIMESTAMP '2001-01-01' + to_seconds(i) AS "at", 'x' || i % 7 AS x, i AS y FROM range(300000) t(i)) TO 'source.parquet' (FORMAT parquet)`,
    ),
  )
  const digests = []
  for (const threads of [1, 2, 4, 2]) {
    readPart(await ingest(three, { path: 'source.parquet', format: { type: 'parquet' }, threads }))
    digests.push(await sha256('part.parquet'))
  }
  expect(new Set(digests).size).toBe(1)
})

test.each([
  ['no Parquet at all', () => Buffer.from('id,at\n1,2\n'), 'no Parquet footer'],
  ['nothing', () => Buffer.alloc(0), 'no Parquet footer'],
  ['a file that is cut', (bytes: Buffer) => bytes.subarray(0, -100), 'no Parquet footer'],
  [
    'a page with flipped bytes',
    (bytes: Buffer) => flipped(bytes, [30, 31, 32, 33, 34, 35]),
    'damaged pages or metadata',
  ],
  [
    'a footer of noise',
    (bytes: Buffer) =>
      flipped(
        bytes,
        Array.from({ length: 60 }, (_, n) => bytes.length - 70 - n),
      ),
    'damaged pages or metadata',
  ],
])('%s is refused as a whole', async (_, damage, got) => {
  await workingFolder()
  await ingestQuery(three, THREE)
  await writeFile('source.parquet', damage(await readFile('source.parquet')))
  expect(await ingest(three, { path: 'source.parquet', format: { type: 'parquet' } })).toEqual({
    state: 'refused',
    failures: [{ part: 'data/source.parquet', row: null, column: null, expected: 'a sound Parquet file', got }],
  })
})

test('a flipped bit anywhere ends in a refusal or in all the rows, never in fewer and never in an exception', async () => {
  await workingFolder()
  const seed = chosenSeed()
  const random = seeded(seed)
  await ingestQuery(three, THREE)
  const bytes = await readFile('source.parquet')
  const outcomes = { read: 0, refused: 0 }
  for (let round = 0; round < 150; round += 1) {
    const copy = Buffer.from(bytes)
    const place = Math.floor(random() * copy.length)
    copy.writeUInt8(copy.readUInt8(place) ^ (1 << Math.floor(random() * 8)), place)
    await writeFile('source.parquet', copy)
    const found = await ingest(three, { path: 'source.parquet', format: { type: 'parquet' } })
    outcomes[found.state] += 1
    expect(found.state === 'refused' || found.part.rows === 3, `SEED=${seed} byte ${place}`).toBe(true)
  }
  expect(outcomes.refused).toBeGreaterThan(20)
})

function flipped(bytes: Buffer, places: readonly number[]): Buffer {
  const copy = Buffer.from(bytes)
  for (const place of places) copy.writeUInt8(copy.readUInt8(place) ^ 0xff, place)
  return copy
}
