import { expect, it } from 'vitest'
import type { Ast, Operator } from '../../dsl/ast.ts'
import { contract, decimal, int64, timestamp, z } from '../../dsl/index.ts'
import type { Row } from '../../features/evaluate.ts'
import { microsOf } from '../../features/instant.ts'
import { byEvaluator, bySql, feature, storedRows, workingFolder } from './both-sides.ts'

const table = contract('table', {
  key: 'row',
  columns: {
    x: z.number().nullable(),
    y: z.number().nullable(),
    p: z.boolean().nullable(),
    q: z.boolean().nullable(),
    s: z.string().nullable(),
    i: int64(),
    d: decimal(8, 2).nullable(),
    e: decimal(12, 4),
    at: timestamp(),
    before: z.date(),
  },
  outcomes: {},
})

const x = column('x')
const y = column('y')
const p = column('p')
const q = column('q')
const s = column('s')
const at = column('at')
const before = column('before')
const instant = (value: string): Ast => ({ op: 'literal', type: 'instant', value })
const digits = (type: 'int64' | 'decimal', value: string): Ast => ({ op: 'literal', type, value })

const big = 9_007_199_254_740_993n
const f32 = Math.fround

/** Operation, a row, and what comes out on both sides. */
const TABLE: readonly (readonly [Ast, Row, number | boolean | string | null])[] = [
  [op('plus', x, y), { x: 0.1, y: 0.2 }, f32(0.3)],
  [op('plus', x, y), { x: null, y: 0.2 }, null],
  [op('plus', x, y), { x: 1e308, y: 1e308 }, null],
  [op('minus', op('times', x, number(10)), op('times', x, number(10))), { x: 1e308 }, null],
  [op('minus', x, y), { x: 1, y: 1e-9 }, f32(1 - 1e-9)],
  [op('times', x, y), { x: 1e20, y: 1e20 }, null],
  [op('times', x, y), { x: -0, y: 1 }, 0],
  [op('over', x, y), { x: 1, y: 3 }, f32(1 / 3)],
  [op('over', x, y), { x: 1, y: 0 }, null],
  [op('over', x, y), { x: 1, y: -0 }, null],
  [op('abs', x), { x: -2.5 }, 2.5],
  [op('floor', x), { x: -2.5 }, -3],
  [op('floor', x), { x: -0 }, 0],
  [op('least', x, y), { x: 2, y: 1 }, 1],
  [op('least', x, y), { x: 0, y: -0 }, 0],
  [op('least', x, y), { x: null, y: 1 }, null],
  [op('greatest', x, y), { x: 2, y: 1 }, 2],
  [op('greatest', x, y), { x: 2, y: null }, null],
  [op('ln', x), { x: 2 }, f32(Math.log(2))],
  [op('ln', x), { x: 0 }, null],
  [op('ln', x), { x: -1 }, null],
  [op('exp', x), { x: 1 }, f32(Math.E)],
  [op('exp', x), { x: 88.8 }, null],
  [op('exp', x), { x: -1000 }, 0],
  [op('exp', x), { x: null }, null],
  [op('sqrt', x), { x: 2 }, f32(Math.SQRT2)],
  [op('sqrt', x), { x: -1e-300 }, null],
  [op('sqrt', x), { x: -0 }, 0],
  [op('bucket', x, number(1), number(2)), { x: 0.999 }, 0],
  [op('bucket', x, number(1), number(2)), { x: 1 }, 1],
  [op('bucket', x, number(1), number(2)), { x: 2 }, 2],
  [op('bucket', x, number(1), number(2)), { x: null }, null],
  [op('gt', x, y), { x: 1, y: 1 }, false],
  [op('gte', x, y), { x: 1, y: 1 }, true],
  [op('lt', x, y), { x: -0, y: 0 }, false],
  [op('lte', x, y), { x: 1, y: null }, null],
  [op('eq', x, y), { x: -0, y: 0 }, true],
  [op('gt', op('minus', op('times', x, y), op('times', x, y)), number(1e300)), { x: 1e308, y: 10 }, true],
  [op('between', x, number(1), number(2)), { x: 1 }, true],
  [op('between', x, number(1), number(2)), { x: 2 }, true],
  [op('between', x, number(1), number(2)), { x: 2.0000001 }, false],
  [op('between', x, number(1), number(2)), { x: null }, null],
  [op('is_in', s, text('a'), text("it's")), { s: "it's" }, true],
  [op('is_in', s, text('a'), text('b')), { s: 'A' }, false],
  [op('is_in', s, text('a')), { s: null }, null],
  [op('eq', s, text('"; drop table rows; --')), { s: '"; drop table rows; --' }, true],
  [op('and', p, q), { p: false, q: null }, false],
  [op('and', p, q), { p: true, q: null }, null],
  [op('or', p, q), { p: null, q: true }, true],
  [op('or', p, q), { p: null, q: false }, null],
  [op('not', p), { p: false }, true],
  [op('not', p), { p: null }, null],
  [op('is_null', x), { x: null }, true],
  [op('is_null', x), { x: 0 }, false],
  [op('coalesce', x, number(7)), { x: null }, 7],
  [op('coalesce', s, text('none')), { s: null }, 'none'],
  [op('when', p, number(1), number(2)), { p: null }, 2],
  [op('when', p, number(1), number(2)), { p: true }, 1],
  [op('when', p, x, number(2)), { p: true, x: null }, null],
  [op('to_number', p), { p: true }, 1],
  [op('to_number', p), { p: null }, null],
  [op('to_number', column('i')), { i: big }, f32(Number(big))],
  [op('to_number', column('d')), { d: '-0.05' }, f32(-0.05)],
  [op('gt', column('i'), digits('int64', String(big - 1n))), { i: big }, true],
  [op('eq', column('i'), digits('int64', String(big - 1n))), { i: big }, false],
  [op('eq', column('d'), digits('decimal', '12.5')), { d: '12.50' }, true],
  [op('lt', column('d'), digits('decimal', '0.051')), { d: '0.05' }, true],
  [op('lt', column('d'), column('e')), { d: '-0.05', e: '-0.0499' }, true],
  [op('lt', column('d'), column('e')), { d: null, e: '0.0000' }, null],
  [op('gte', op('coalesce', column('d'), column('e')), digits('decimal', '0.0001')), { d: null, e: '0.0001' }, true],
  [op('hour', at), { at: '1969-12-31T23:59:59.999999Z' }, 23],
  [op('weekday', at), { at: '2001-04-01T00:00:00Z' }, 7],
  [op('weekday', at), { at: '2001-04-02T00:00:00Z' }, 1],
  [op('day_of_month', at), { at: '2000-02-29T12:00:00Z' }, 29],
  [op('month', at), { at: '1969-12-31T23:59:59.999999Z' }, 12],
  [op('days_since', at, before), { at: '2001-04-02T06:00:00Z', before: '2001-04-01T00:00:00Z' }, 1.25],
  [
    op('hours_since', at, before),
    { at: '2001-04-01T00:00:00.000001Z', before: '2001-04-01T01:00:00Z' },
    f32(-3599999999 / 3.6e9),
  ],
  [op('days_since', at, instant('1969-12-31T00:00:00Z')), { at: '1970-01-01T00:00:00Z' }, 1],
]

it('each operator gives the documented value, in SQL and in the evaluator', async () => {
  await workingFolder()
  const rows = TABLE.map(([, row]) => complete(row))
  const features = TABLE.map(([ast, , expected], index) => feature(`f${index}`, ast, typeOf(expected, ast)))
  const dataset = await storedRows(table, rows, 'table.parquet')
  const sql = await bySql(features, { contract: table, dataset })
  const evaluated = byEvaluator(features, { contract: table, rows })
  const found = (side: typeof sql): readonly unknown[] => TABLE.map((_, index) => side[index]?.[`f${index}`])
  const expected = TABLE.map(([, , value]) => value)
  expect(found(evaluated)).toStrictEqual(expected)
  expect(found(sql)).toStrictEqual(expected)
  expect(sql).toStrictEqual(evaluated)
})

function complete(row: Row): Row {
  const instants = [row['at'] ?? '2001-04-01T00:00:00Z', row['before'] ?? '2001-04-01T00:00:00Z'].map(String)
  const [time = 0n, earlier = 0n] = instants.map(microsOf)
  return { x: 1, y: 1, p: true, q: true, s: 'a', i: 0n, d: '0.00', e: '0.0000', ...row, at: time, before: earlier }
}

function typeOf(expected: unknown, ast: Ast): 'number' | 'boolean' | 'string' {
  if (expected === null)
    return ['gt', 'gte', 'lt', 'lte', 'eq', 'between', 'is_in', 'and', 'or', 'not'].includes(ast.op)
      ? 'boolean'
      : 'number'
  return typeof expected === 'boolean' ? 'boolean' : typeof expected === 'string' ? 'string' : 'number'
}

function op(operator: Operator, ...args: readonly Ast[]): Ast {
  return { op: operator, args }
}

function column(name: string): Ast {
  return { op: 'column', name }
}

function number(value: number): Ast {
  return { op: 'literal', type: 'number', value }
}

function text(value: string): Ast {
  return { op: 'literal', type: 'string', value }
}
