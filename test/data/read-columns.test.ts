import { expect, test } from 'vitest'
import { withDuckDb } from '../../data/duckdb.ts'
import { BATCH_ROWS, readBatches, readColumns, type ColumnKind } from '../../data/read-columns.ts'

const duckDb = { memoryMib: 500, threads: 2 }
/** What each column holds is told by its row's number. */
const ROWS = `
  select
    (i / 8)::float as f, (i / 3)::double as d, i % 3 = 0 as b,
    if(i % 5 = 0, 'ä long text of row ' || i, 'r' || i) as s,
    if(i % 7 = 0, null, chr(97 + (i % 26)::int)) as t
  from range(40_000) r(i) order by i`
const kinds: readonly ColumnKind[] = ['float', 'double', 'boolean', 'string', 'text']

test('every row of every batch is what the query says, in its order', () =>
  withDuckDb(duckDb, async (connection) => {
    const sizes: number[] = []
    for await (const { rows, firstRow, columns } of readBatches(connection, { sql: ROWS, kinds })) {
      sizes.push(rows)
      const wrong = Array.from({ length: rows }, (_, row) => row).filter((row) => {
        const i = firstRow + row
        const wanted = [
          Math.fround(i / 8),
          i / 3,
          i % 3 === 0 ? 1 : 0,
          i % 5 === 0 ? `ä long text of row ${i}` : `r${i}`,
          i % 7 === 0 ? null : String.fromCodePoint(97 + (i % 26)),
        ]
        return wanted.some((value, column) => columns[column]?.[row] !== value)
      })
      expect(wrong).toEqual([])
    }
    expect(sizes).toEqual([BATCH_ROWS, BATCH_ROWS, 40_000 - 2 * BATCH_ROWS])
  }))

test('columns of one kind are read whole', () =>
  withDuckDb(duckDb, async (connection) => {
    const sql = `select t, s from (${ROWS})`
    const [texts, others] = await readColumns(connection, { sql, kind: 'text', count: 2, rows: 40_000 })
    expect(texts?.slice(0, 3)).toEqual([null, 'b', 'c'])
    expect(others?.[39_999]).toBe('r39999')
    const [numbers] = await readColumns(connection, {
      sql: `select f from (${ROWS})`,
      kind: 'float',
      count: 1,
      rows: 40_000,
    })
    expect(numbers?.[39_999]).toBe(Math.fround(39_999 / 8))
  }))

test('a query without rows has no batch', () =>
  withDuckDb(duckDb, async (connection) => {
    const sql = 'select 1::float where false'
    for await (const batch of readBatches(connection, { sql, kinds: ['float'] })) expect(batch).toBeUndefined()
    expect(await readColumns(connection, { sql, kind: 'float', count: 1, rows: 0 })).toEqual([Float32Array.of()])
  }))

test.each<[string, ColumnKind, string]>([
  ['select 1::double', 'float', 'column 0: expected a float, got DOUBLE'],
  ["select 'x'", 'boolean', 'column 0: expected a boolean, got VARCHAR'],
  [
    'select if(i = 2500, null, i)::float from range(5000) r(i)',
    'float',
    'column 0: expected a value in every row, got null',
  ],
  ['select if(i = 2500, null, true) from range(5000) r(i)', 'boolean', 'expected a value in every row, got null'],
  ["select if(i = 2500, null, 'x') from range(5000) r(i)", 'string', 'expected a value in every row, got null'],
])('%s is no %s', (sql, kind, message) =>
  withDuckDb(duckDb, async (connection) => {
    await expect(readColumns(connection, { sql, kind, count: 1, rows: 5000 })).rejects.toThrow(message)
  }),
)

test.each([
  [2, 'expected 2 rows, got more'],
  [4, 'expected 4 rows, got 3'],
])('a number of rows other than %s is refused', (rows, message) =>
  withDuckDb(duckDb, async (connection) => {
    const query = { sql: 'select i::float from range(3) r(i)', kind: 'float', count: 1, rows } as const
    await expect(readColumns(connection, query)).rejects.toThrow(message)
  }),
)
