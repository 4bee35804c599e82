import { expect, test } from 'vitest'
import { withDuckDb, quoteName } from '../../data/duckdb.ts'
import { jsonValue } from '../../data/json-value.ts'
import { plainRows } from '../../data/plain-rows.ts'
import { columnJudges, rowAjv } from '../../data/row-judge.ts'
import { rowPredicate } from '../../data/row-predicate.ts'
import { sqlPattern } from '../../data/sql-pattern.ts'
import { storedType } from '../../data/stored-type.ts'
import { contract, decimal, int64, timestamp, z } from '../../dsl/index.ts'
import type { ColumnSpec } from '../../dsl/columns.ts'
import type { AnyContract } from '../../dsl/contract.ts'
import type { Json } from '../../dsl/plan.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'

const ENGINE = { memoryMib: 256, threads: 2 }

type Random = () => number

function pick<T>(random: Random, from: readonly [T, ...T[]]): T {
  return from[Math.floor(random() * from.length)] ?? from[0]
}

const TEXTS = [
  '',
  'a',
  'ab',
  'abc',
  'ABC',
  'x',
  'xy',
  'AA',
  'DL',
  'a\n',
  '\na',
  'a\nb',
  'a\rb',
  'a\u2028b',
  'é',
  'ééé',
  '🦆',
  '🦆🦆',
  '🤦🏼‍♂️',
  ' a',
  'a b',
  '1',
  '007',
  '1.5',
  '12345',
  'a_b-c',
  "it's",
  'a"b',
  'a/b',
  '٣',
  'ａ',
  'ß',
  'ſ',
  'K',
  'null',
  'NaN',
  '-',
  '_',
  'ann@example.com',
  'Ann@Example.com',
  '.a@b.co',
  'a..b@c.de',
  'nobody',
  'a+b@c.de',
  '2001-02-28',
  '2001-02-29',
  '2000-02-29',
  '2001-13-01',
  '2001-1-1',
  '2001-02-28T10:00:00Z',
  '2001-02-28T10:00:00.123Z',
  '2001-02-28T10:00:00+02:00',
  '2001-02-28 10:00:00Z',
  '10:00',
  '10:00:00',
  '25:00',
  '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  '6ba7b8109dad11d180b400c04fd430c8',
  '6BA7B810-9DAD-11D1-80B4-00C04FD430C8',
  'http://a.b',
  'https://example.com/x?y=1',
  'a:b',
  '127.0.0.1',
  '256.1.1.1',
  '::1',
  'YQ==',
  'YQ=',
  'P1D',
  'P1W',
  'P1Y2M',
  'PT1H',
  '+4915112345678',
  'a'.repeat(255),
  'a'.repeat(256),
  '$',
  '^',
  'a\\b',
  'a{2}',
  'A-B',
  '\u0000',
  'a\u0000',
  '0',
  '-0',
] as const satisfies readonly [string, ...string[]]

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.1,
  0.2,
  0.30000000000000004,
  0.3,
  1.5,
  2,
  3,
  5,
  10,
  1e-7,
  1e21,
  1e22,
  1e308,
  -1e308,
  5e-324,
  2 ** 53,
  2 ** 53 - 1,
  -(2 ** 53),
  4.35,
  100.1,
  99.99,
  NaN,
  Infinity,
  -Infinity,
  7.0000001,
] as const satisfies readonly [number, ...number[]]

const PATTERNS = [
  /^[A-Z]{3}$/,
  /^a/,
  /b$/,
  /a.b/,
  /^.*$/,
  /^\d+$/,
  /\w/,
  /^\W$/,
  /^\D*$/,
  /^[^a]+$/,
  /^(a|bc)?$/,
  /^(?:ab){1,2}c*$/,
  /\s/,
  /^\S+$/,
  /\bab\b/,
  /(?=a)a/,
  /^(.)\1$/,
  /^\p{L}+$/u,
  /[é]/,
  /^[a-z_.-]+@/,
  /a\/b/,
  /^a{2,}$/,
  /^(a{100}){10,20}$/,
  /\$|\^/,
  /^$/,
  /^[\w-]+$/,
  /[[]a/,
] as const satisfies readonly [RegExp, ...RegExp[]]

function textSchema(random: Random): z.ZodType<string> {
  const number = Math.floor(random() * 5)
  const schema = pick(random, [
    () => z.string(),
    () => z.string().min(number),
    () => z.string().max(number),
    () => z.string().length(number),
    () => z.string().min(1).max(255),
    () => z.string().regex(pick(random, PATTERNS)),
    () => z.string().regex(pick(random, PATTERNS)).regex(pick(random, PATTERNS)).max(4),
    () => z.string().startsWith('a').includes('b'),
    () => z.string().endsWith('c'),
    () => z.enum(['AA', 'DL', 'a', "it's"]),
    () => z.email(),
    () => z.uuid(),
    () => z.iso.date(),
    () => z.iso.datetime(),
    () => z.iso.time(),
    () => z.iso.duration(),
    () => z.url(),
    () => z.ipv4(),
    () => z.ipv6(),
    () => z.base64(),
    () => z.e164(),
    () => z.cuid2(),
  ])
  return schema()
}

function numberSchema(random: Random): z.ZodType<number> {
  const [low, high] = [pick(random, NUMBERS.slice(0, -4) as [number]), pick(random, NUMBERS.slice(0, -4) as [number])]
  return pick(random, [
    () => z.number(),
    () => z.number().min(low),
    () => z.number().max(high),
    () => z.number().gt(low).lt(high),
    () => z.number().positive(),
    () => z.number().multipleOf(pick(random, [0.1, 0.01, 1, 3, 1e-5])),
    () => z.number().nonnegative().multipleOf(0.5).max(10),
  ])()
}

function integerSchema(random: Random): z.ZodType<number> {
  const [low, high] = [Math.floor(random() * 10) - 5, Math.floor(random() * 2000)]
  return pick(random, [
    () => z.int(),
    () => z.int().min(low).max(high),
    () => z.int().positive(),
    () => z.number().int().multipleOf(3),
    () => z.int().gt(low),
  ])()
}

function someContract(random: Random): AnyContract {
  const nullable = <T extends z.ZodType<string | number | boolean | bigint | Date>>(schema: T) =>
    random() < 0.4 ? schema.nullable() : schema
  return contract('some', {
    key: 'row',
    outcomes: {},
    columns: {
      text: nullable(textSchema(random)),
      'other "text"': nullable(textSchema(random)),
      number: nullable(numberSchema(random)),
      integer: nullable(integerSchema(random)),
      flag: nullable(z.boolean()),
      big: nullable(int64()),
      money: nullable(pick(random, [decimal(8, 2), decimal(4, 4), decimal(38, 0), decimal(18, 18)])),
      at: nullable(timestamp()),
      day: nullable(z.date()),
    },
  })
}

const INSTANTS = [
  "TIMESTAMP '2001-02-03 04:05:06.789'",
  "TIMESTAMP '0001-01-01'",
  "TIMESTAMP '9999-12-31 23:59:59.999'",
  "TIMESTAMP '10000-01-01'",
  "'infinity'::TIMESTAMP",
  "'-infinity'::TIMESTAMP",
  "TIMESTAMP '0044-03-15 (BC) 00:00:00'",
] as const satisfies readonly [string, ...string[]]

/** SQL of a random stored value. */
function someValue(random: Random, { name, type }: ColumnSpec): string {
  if (random() < 0.1) return 'NULL'
  switch (type.kind) {
    case 'string':
    case 'enum': {
      const text = pick(random, TEXTS)
      return text
        .split('\u0000')
        .map((piece) => `'${piece.replaceAll("'", "''")}'`)
        .join(' || chr(0) || ')
    }
    case 'number':
      return `'${pick(random, NUMBERS)}'::DOUBLE`
    case 'integer':
      return pick(random, ['0', '-3', '3', '7', '1999', '9007199254740991', '9007199254740992', '9223372036854775807'])
    case 'boolean':
      return pick(random, ['true', 'false'])
    case 'int64':
      return pick(random, ['0', '-1', "'9223372036854775807'::BIGINT", "'-9223372036854775808'::BIGINT"])
    case 'decimal':
      return pick(random, ["'0'", "'0.5'", "'-0.5'", "'0.01'"])
    case 'instant':
      return pick(random, INSTANTS)
    default:
      throw new TypeError(`no values for ${name}`)
  }
}

test('the predicate judges each value and row of generated contracts as Ajv does', async () => {
  const seed = chosenSeed()
  const random = seeded(seed)
  const verdicts = { true: 0, false: 0 }
  await withDuckDb(ENGINE, async (connection) => {
    for (let round = 0; round < 30; round += 1) {
      const { columns, schema } = someContract(random)
      const rows = Array.from({ length: 150 }, () => columns.map((column) => someValue(random, column)))
      const types = columns.map(({ name, type }) => `${quoteName(name)} ${storedType(type)}`)
      await connection.run(`CREATE OR REPLACE TABLE rows (${types.join(', ')}, n INTEGER)`)
      await connection.run(`INSERT INTO rows VALUES ${rows.map((row, n) => `(${row.join(', ')}, ${n})`).join(', ')}`)
      const judges = columnJudges(schema)
      const whole = await rowPredicate(connection, { from: 'rows', columns, schema, judges, unknown: null })
      const accepts = rowAjv(schema).compile(schema)
      const found = await plainRows(
        connection,
        `SELECT ${whole}, ${columns.map(jsonValue).join(', ')} FROM rows ORDER BY n`,
      )
      for (const [kept, ...values] of found) {
        const row: Json = Object.fromEntries(columns.map(({ name }, index) => [name, values[index] ?? null]))
        expect(kept, `SEED=${seed} ${JSON.stringify(row)} against ${JSON.stringify(schema)}`).toBe(accepts(row))
      }
      for (const column of columns) {
        const alone = await rowPredicate(connection, { from: 'rows', columns: [column], schema, judges, unknown: null })
        for (const [kept, value = null] of await plainRows(
          connection,
          `SELECT ${alone}, ${jsonValue(column)} FROM rows`,
        )) {
          const expected = judges.get(column.name)?.accepts(value)
          expect(
            kept,
            `SEED=${seed} ${JSON.stringify(value)} ${String(value)} against ${JSON.stringify(schema['properties'])}.${column.name}`,
          ).toBe(expected)
          verdicts[kept === true ? 'true' : 'false'] += 1
        }
      }
    }
  })
  expect(verdicts.true).toBeGreaterThan(5_000)
  expect(verdicts.false).toBeGreaterThan(5_000)
})

test.each([
  ['^[A-Z]{3}$', '^[A-Z]{3}$'],
  ['a.b', String.raw`a[^\n\r\x{2028}\x{2029}]b`],
  [String.raw`^\s$`, undefined],
  ['(?=a)a', undefined],
  [String.raw`(.)\1`, undefined],
  ['é', undefined],
  ['[[:alpha:]]', undefined],
])('the pattern %s is %s to RE2', (pattern, expected) => {
  expect(sqlPattern(pattern)).toBe(expected)
})
