import { writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { contract, decimal, int64, timestamp, z } from '../../dsl/index.ts'
import { ingest, ingestCsv, readPart, rowsIn, sha256, workingFolder } from './working-folder.ts'

const pairs = contract('pairs', {
  key: 'row',
  columns: { a: z.string().nullable(), b: z.int().nullable() },
  outcomes: {},
})

const sound: readonly (readonly [string, string | Buffer, readonly (readonly [string | null, string | null])[]])[] = [
  [
    'plain',
    'a,b\nx,1\ny,2\n',
    [
      ['x', '1'],
      ['y', '2'],
    ],
  ],
  ['without a last line end', 'a,b\nx,1', [['x', '1']]],
  [
    'with CR LF',
    'a,b\r\nx,1\r\ny,2\r\n',
    [
      ['x', '1'],
      ['y', '2'],
    ],
  ],
  ['with a byte order mark', '\ufeffa,b\nx,1\n', [['x', '1']]],
  ['with a byte order mark before a quote', '\ufeff"a",b\nx,1\n', [['x', '1']]],
  ['with columns in another order, and others', 'c,b,a\nz,1,x\n', [['x', '1']]],
  ['with quoted delimiters, quotes and line ends', 'a,b\n"x,""y""\nz",1\n', [['x,"y"\nz', '1']]],
  ['with CR LF and a bare LF in quotes', 'a,b\r\n"x\ny",1\r\n', [['x\ny', '1']]],
  [
    'with an empty field, and an empty text',
    'a,b\n,1\n"",2\n',
    [
      [null, '1'],
      ['', '2'],
    ],
  ],
  ['of a header only', 'a,b\n', []],
  ['of gzip', gzipSync('a,b\nx,1\n'), [['x', '1']]],
  [
    'with text that other readers take for null, comment, escape',
    'a,b\nNULL,1\n#x,2\n\\,3\n"\\",4\nNaN,5\n',
    [
      ['NULL', '1'],
      ['#x', '2'],
      ['\\', '3'],
      ['\\', '4'],
      ['NaN', '5'],
    ],
  ],
  ['with spaces that belong to the text', 'a,b\n x ,1\n', [[' x ', '1']]],
  ['with a quoted header', '"a","b"\nx,1\n', [['x', '1']]],
  ['with a quoted number', 'a,b\nx,"1"\n', [['x', '1']]],
  ['with a field of 700 kB', `a,b\n${'x'.repeat(700_000)},1\n`, [['x'.repeat(700_000), '1']]],
  [
    'of many records, more than a chunk',
    `a,b\n${'é,7\n'.repeat(600_000)}`,
    Array.from({ length: 600_000 }, () => ['é', '7'] as const),
  ],
]

test.each(sound)('a file %s is read to the letter', async (_, content, expected) => {
  await workingFolder()
  const { file, rows } = readPart(await ingestCsv(pairs, content))
  expect(rows).toBe(expected.length)
  const found = await rowsIn(file.$file)
  expect(
    found.length === expected.length && found.every(({ a, b }, n) => a === expected[n]?.[0] && b === expected[n]?.[1]),
  ).toBe(true)
})

const malformed: readonly (readonly [string, string | Buffer, readonly string[]])[] = [
  ['nothing at all', '', ['null: expected a header line, got an empty file']],
  ['a short record', 'a,b\nx,1\ny\n', ['1: expected 2 fields, got 1 (line 3)']],
  ['a long record', 'a,b\nx,1,2\n', ['0: expected 2 fields, got 3 (line 2)']],
  [
    'two ragged records, told at once',
    'a,b\nx\ny,1\nz,1,1\n',
    ['0: expected 2 fields, got 1 (line 2)', '2: expected 2 fields, got 3 (line 4)'],
  ],
  ['a trailing delimiter', 'a,b\nx,1,\n', ['0: expected 2 fields, got 3 (line 2)']],
  [
    'a blank line inside',
    'a,b\nx,1\n\ny,2\n',
    ['1: expected a record, got a blank line; write "" for an empty text (line 3)'],
  ],
  [
    'a blank line at the end',
    'a,b\nx,1\n\n',
    ['1: expected a record, got a blank line; write "" for an empty text (line 3)'],
  ],
  [
    'a blank line of CR LF',
    'a,b\r\n\r\n',
    ['0: expected a record, got a blank line; write "" for an empty text (line 2)'],
  ],
  [
    'a quote that is never closed',
    'a,b\n"x,1\ny,2\n',
    ['0: expected a closing quote, got the end of the file (line 2)'],
  ],
  [
    'text after a closing quote',
    'a,b\n"x"y,1\n',
    [
      '0: expected a delimiter or line end after a closing quote, got more text; write a quote in a field as "" (line 2)',
    ],
  ],
  [
    'a quote inside an unquoted field',
    'a,b\nx"y,1\n',
    ['0: expected a quote at the start of a field only, got one inside an unquoted field (line 2)'],
  ],
  [
    'a backslash for an escape',
    'a,b\n"x\\"y",1\n',
    [
      '0: expected a delimiter or line end after a closing quote, got more text; write a quote in a field as "" (line 2)',
    ],
  ],
  [
    'bytes that are not UTF-8',
    Buffer.from('a,b\nx,1\n\xe9,2\n', 'latin1'),
    ['1: expected UTF-8, got bytes that are none (line 3)'],
  ],
  [
    'a UTF-8 sequence that is cut',
    Buffer.from([...Buffer.from('a,b\nx,1\n'), 0xc3]),
    ['1: expected UTF-8, got bytes that are none (line 3)'],
  ],
  [
    'a surrogate in UTF-8',
    Buffer.from([...Buffer.from('a,b\n'), 0xed, 0xa0, 0x80, 0x2c, 0x31, 0x0a]),
    ['0: expected UTF-8, got bytes that are none (line 2)'],
  ],
  ['UTF-16', Buffer.from('\ufeffa,b\nx,1\n', 'utf16le'), ['null: expected UTF-8, got UTF-16']],
  ['a NUL byte', 'a,b\nx\u0000,1\n', ['0: expected text, got a NUL byte (line 2)']],
  ['a lone CR', 'a,b\nx\ry,1\n', ['0: expected LF after CR, got a lone CR (line 2)']],
  ['old Mac line ends', 'a,b\rx,1\r', ['null: expected LF after CR, got a lone CR (line 1)']],
  ['a CR at the end', 'a,b\nx,1\r', ['0: expected LF after CR, got the end of the file (line 2)']],
  ['mixed line ends', 'a,b\nx,1\r\ny,2\n', ["0: expected LF at each line's end, got CR LF (line 2)"]],
  [
    'a name twice',
    'a,b,a\nx,1,y\n',
    ['null: expected names that differ by more than case, got one name in columns 1 and 3'],
  ],
  [
    'a name twice in other case',
    'a,b,A\nx,1,y\n',
    ['null: expected names that differ by more than case, got one name in columns 1 and 3'],
  ],
  [
    'empty names',
    'a,b,,\nx,1,2,3\n',
    ['null: expected names that differ by more than case, got one name in columns 3 and 4'],
  ],
  ['a missing column', 'a,c\nx,1\n', ['null b: expected a column of that name, got 2 columns, none of that name']],
  ['a name in other case', 'a,B\nx,1\n', ['null b: expected a column of that name, got 2 columns, none of that name']],
  ['a name with a space', 'a, b\nx,1\n', ['null b: expected a column of that name, got 2 columns, none of that name']],
  [
    'another delimiter',
    'a;b\nx;1\n',
    [
      'null a: expected a column of that name, got a single other column',
      'null b: expected a column of that name, got a single other column',
    ],
  ],
  [
    'no header',
    'x,1\ny,2\n',
    [
      'null a: expected a column of that name, got 2 columns, none of that name',
      'null b: expected a column of that name, got 2 columns, none of that name',
    ],
  ],
  [
    'a ragged record and a missing column, told at once',
    'a,c\nx\n',
    [
      '0: expected 2 fields, got 1 (line 2)',
      'null b: expected a column of that name, got 2 columns, none of that name',
    ],
  ],
  [
    'a cut gzip',
    gzipSync(`a,b\n${'x,1\n'.repeat(2000)}`).subarray(0, -12),
    ['null: expected a whole gzip file, got one that is cut or damaged'],
  ],
  [
    'a damaged gzip',
    damaged(gzipSync(`a,b\n${Array.from({ length: 500 }, (_, n) => `x${n * n},${n}\n`).join('')}`)),
    ['null: expected a whole gzip file, got one that is cut or damaged'],
  ],
  [
    'a record of more than a MiB',
    `a,b\n${'x'.repeat(3_000_000)},1\n`,
    ['0: expected a record of at most 1048576 bytes, got a longer one; is a quote left open? (line 2)'],
  ],
  [
    'a quote left open in a long file',
    `a,b\n"x,1\n${'y,2\n'.repeat(400_000)}`,
    ['0: expected a record of at most 1048576 bytes, got a longer one; is a quote left open? (line 2)'],
  ],
  [
    'a zip file',
    Buffer.from('PK\u0003\u0004\u0014\u0000\u0000\u0000'),
    ['null: expected text, got a NUL byte (line 1)'],
  ],
]

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(copy.readUInt8(copy.length - 6) ^ 0xff, copy.length - 6)
  return copy
}

test.each(malformed)('a file with %s is refused', async (_, content, expected) => {
  await workingFolder()
  const found = await ingestCsv(pairs, content)
  expect(found.state).toBe('refused')
  expect(found.state === 'refused' && found.failures.map(told)).toEqual(expected.map((sentence) => cutGot(sentence)))
})

/** `got` ends after 64 characters. */
function cutGot(sentence: string): string {
  const [head = '', got = ''] = sentence.split(', got ')
  return `${head}, got ${got.length > 64 ? `${got.slice(0, 63)}…` : got}`
}

function told({
  row,
  column,
  expected,
  got,
}: {
  row: number | null
  column: string | null
  expected: string
  got: string
}): string {
  return `${row}${column === null ? '' : ` ${column}`}: expected ${expected}, got ${got}`
}

const cells = contract('cells', {
  key: 'row',
  outcomes: {},
  columns: {
    number: z.number().nullable(),
    integer: z.int().nullable(),
    big: int64(),
    money: decimal(6, 2),
    at: timestamp(),
    day: z.date().nullable(),
    flag: z.boolean(),
  },
})

const GOOD: Readonly<Record<string, string>> = {
  number: '1.5',
  integer: '1',
  big: '1',
  money: '1.00',
  at: '2001-01-01T00:00:00Z',
  day: '2001-01-01T00:00:00Z',
  flag: 'true',
}

async function readCell(column: string, text: string): Promise<unknown> {
  await workingFolder()
  const values = Object.entries({ ...GOOD, [column]: text }).map(([, value]) => value)
  const found = await ingestCsv(cells, `${Object.keys(GOOD).join(',')}\n${values.join(',')}\n`)
  const part = readPart(found)
  if (found.state === 'read' && found.unparsable.rows === 1) return found.unparsable.failures.map(told)
  const [row] = await rowsIn(part.file.$file)
  return row?.[column]
}

test.each([
  ['number', '1e3', 1000],
  ['number', '-0.5', -0.5],
  ['number', '5e-324', 5e-324],
  ['number', '0.1', 0.1],
  ['integer', '-7', '-7'],
  ['integer', '9223372036854775807', '9223372036854775807'],
  ['big', '-9223372036854775808', '-9223372036854775808'],
  ['money', '-9999.9', '-9999.90'],
  ['money', '0', '0.00'],
  ['at', '2001-02-03T04:05:06.000001Z', '2001-02-03 04:05:06.000001'],
  ['at', '2001-02-03T04:05:06+05:30', '2001-02-02 22:35:06'],
  ['at', '2001-02-03', '2001-02-03 00:00:00'],
  ['day', '2001-02-03T04:05:06.123Z', '2001-02-03 04:05:06.123'],
  ['flag', 'false', false],
  ['number', '', null],
])('the %s "%s" is %s', async (column, text, expected) => {
  expect(await readCell(column, text)).toEqual(expected)
})

const NUMBER = 'a finite number as JSON writes it'
const INTEGER = 'an integer of 64 bits'
const MONEY = 'a decimal (6, 2) such as 0.00'
const INSTANT = 'an instant such as 2001-04-01T00:00:00.000000Z, or a date for its midnight, UTC'
const MILLIS = 'an instant such as 2001-04-01T00:00:00.000Z, or a date for its midnight, UTC'

test.each([
  ['number', '1_000', NUMBER],
  ['number', 'NaN', NUMBER],
  ['number', 'Infinity', NUMBER],
  ['number', '-inf', NUMBER],
  ['number', '1e309', NUMBER],
  ['number', '.5', NUMBER],
  ['number', '5.', NUMBER],
  ['number', '+5', NUMBER],
  ['number', '007', NUMBER],
  ['number', ' 1', NUMBER],
  ['number', '0x1F', NUMBER],
  ['number', '"254,85"', NUMBER],
  ['integer', '1.0', INTEGER],
  ['integer', '1e3', INTEGER],
  ['integer', '9223372036854775808', INTEGER],
  ['integer', 'true', INTEGER],
  ['big', '1_000', INTEGER],
  ['big', '01', INTEGER],
  ['big', '--1', INTEGER],
  ['money', '12.345', MONEY],
  ['money', '12345.6', MONEY],
  ['money', '1e2', MONEY],
  ['money', '$1', MONEY],
  ['at', '2025-03-09T02:30:00', INSTANT],
  ['at', '2001-01', INSTANT],
  ['at', '2001-02-30', INSTANT],
  ['at', '2001-01-01Z', INSTANT],
  ['at', '2001-01-01 00:00:00', INSTANT],
  ['at', '2001-01-01 00:00:00Z', INSTANT],
  ['at', '2001-02-30T00:00:00Z', INSTANT],
  ['at', '2001-01-01T24:00:00Z', INSTANT],
  ['at', '2016-12-31T23:59:60Z', INSTANT],
  ['at', '2001-01-01T00:00:00.1234567Z', INSTANT],
  ['at', 'infinity', INSTANT],
  ['at', '2001-01-01T00:00:00 Europe/Berlin', INSTANT],
  ['at', '0000-01-01T00:00:00Z', INSTANT],
  ['at', '20010-01-01T00:00:00Z', INSTANT],
  ['at', 'epoch', INSTANT],
  ['day', '2001-01-01T00:00:00.0001Z', MILLIS],
  ['flag', 'True', 'true or false'],
  ['flag', '1', 'true or false'],
  ['flag', 't', 'true or false'],
])('the %s "%s" puts its row aside', async (column, text, expected) => {
  const value = text.replaceAll('"', '')
  expect(await readCell(column, text)).toEqual([`0 ${column}: expected ${expected}, got "${value}"`])
})

test('nullText is null where it stands unquoted, and text in quotes', async () => {
  await workingFolder()
  const part = readPart(await ingestCsv(pairs, 'a,b\nNA,NA\n"NA",1\n', { nullText: 'NA' }))
  expect((await rowsIn(part.file.$file)).map(({ a, b }) => [a, b])).toEqual([
    [null, null],
    ['NA', '1'],
  ])
})

test('rows that cannot be parsed keep their text, and personal data stays out of file and failures', async () => {
  await workingFolder()
  const people = contract('people', {
    key: ['id'],
    outcomes: {},
    columns: {
      id: int64(),
      name: z.string().meta({ pii: 'mask' }),
      born: timestamp().meta({ pii: 'drop' }),
      score: z.number(),
    },
  })
  const found = await ingestCsv(
    people,
    'id,name,born,score\n2,Ann Secret,1970-01-0x,high\n1,Bob Secret,1970-01-01T00:00:00Z,1\n',
  )
  expect(found.state === 'read' && found.unparsable).toEqual({
    rows: 1,
    file: { $file: 'unparsable.parquet' },
    failures: [
      { part: 'data/source.csv', row: 0, column: 'born', expected: INSTANT, got: 'a string of 10 characters' },
      { part: 'data/source.csv', row: 0, column: 'score', expected: NUMBER, got: '"high"' },
    ],
  })
  const [row] = await rowsIn('unparsable.parquet')
  expect(row).toMatchObject({ $row: '0', $faults: 'born, score', id: '2', name: '***', born: '***', score: 'high' })
  expect(JSON.stringify(found)).not.toMatch(/Secret|1970/)
})

test('the same file without a key gives the same bytes, whatever the threads', async () => {
  await workingFolder()
  const lines = Array.from({ length: 1_000_003 }, (_, row) => `x${row % 229},${(row * 7919) % 300_007}`)
  await writeFile('source.csv', ['a,b', ...lines, ''].join('\n'))
  const format = { type: 'csv', delimiter: ',', nullText: null } as const
  const digests = []
  for (const threads of [1, 2, 4, 2]) {
    readPart(await ingest(pairs, { path: 'source.csv', format, threads }))
    digests.push(await sha256('part.parquet'))
  }
  expect(new Set(digests).size).toBe(1)
})
