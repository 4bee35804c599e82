import { expect, it } from 'vitest'
import type { Ast, Operator } from '../../dsl/ast.ts'
import { contract, decimal, int64, timestamp, z } from '../../dsl/index.ts'
import type { Row } from '../../features/evaluate.ts'
import type { Value } from '../../features/operations.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'
import { byEvaluator, bySql, feature, storedRows, workingFolder } from './both-sides.ts'

const table = contract('table', {
  key: 'row',
  columns: {
    n0: z.number().nullable(),
    n1: z.number().nullable(),
    k: z.int().nullable(),
    b: z.boolean().nullable(),
    s: z.enum(['a', 'b', "c'"]).nullable(),
    i: int64(),
    d: decimal(8, 2).nullable(),
    at: timestamp().nullable(),
    before: z.date().nullable(),
  },
  outcomes: {},
})

const EXPRESSIONS = 150
const ROWS = 400

it('generated expressions are equal at float32 in SQL and in the evaluator', async () => {
  await workingFolder()
  const random = seeded(chosenSeed())
  const rows = Array.from({ length: ROWS }, () => randomRow(random))
  const features = Array.from({ length: EXPRESSIONS }, (_, index) =>
    index % 3 === 0 ? feature(`f${index}`, booleanOf(5, random), 'boolean') : feature(`f${index}`, numberOf(5, random)),
  )
  const dataset = await storedRows(table, rows, 'table.parquet')
  const evaluated = byEvaluator(features, { contract: table, rows })
  const sql = await bySql(features, { contract: table, dataset })
  for (const { name, expression } of features) {
    const [found, expected] = [sql, evaluated].map((side) => side.map((values) => values[name]))
    expect({ expression, values: found }).toStrictEqual({ expression, values: expected })
  }
  const numbers = evaluated.flatMap((values) => Object.values(values))
  expect(numbers.filter((value) => value !== null).length).toBeGreaterThan(numbers.length / 4)
})

type Random = () => number

function randomRow(random: Random): Row {
  const or = (value: Value): Value => (random() < 0.15 ? null : value)
  const micros = (): bigint => BigInt(Math.floor((random() - 0.3) * 2e15))
  return {
    n0: or(awkward(random)),
    n1: or(awkward(random)),
    k: or(Math.floor(random() * 40) - 20),
    b: or(random() < 0.5),
    s: or(pick(['a', 'b', "c'"], random)),
    i: BigInt(Math.floor(random() * 2 ** 50)) * 8191n,
    d: or((Math.floor(random() * 2000 - 1000) / 100).toFixed(2)),
    at: or(micros()),
    before: or((micros() / 1000n) * 1000n),
  }
}

/** Mostly plain numbers, and those at which doubles end. */
function awkward(random: Random): number {
  const plain = (random() - 0.5) * 10 ** Math.floor(random() * 6)
  return pick([plain, plain, plain, Math.round(plain), 0, -0, 1, 1e308, -1e308, 5e-324, 0.1, 1e-40, 3.5e38], random)
}

function numberOf(depth: number, random: Random): Ast {
  if (depth === 0 || random() < 0.1) return leaf(random)
  const number = (): Ast => numberOf(depth - 1, random)
  return pick<() => Ast>(
    [
      () => op(pick(['plus', 'minus', 'times', 'over', 'least', 'greatest'], random), number(), number()),
      () => op(pick(['plus', 'minus', 'times', 'over', 'least', 'greatest'], random), number(), number()),
      () => op(pick(['abs', 'floor', 'ln', 'exp', 'sqrt'], random), number()),
      () => op('bucket', number(), literal(-1), literal(0.1), literal(20)),
      () => op('coalesce', number(), number()),
      () => op('when', booleanOf(depth - 1, random), number(), number()),
      () => op('to_number', booleanOf(depth - 1, random)),
      () => op(pick(['hour', 'weekday', 'day_of_month', 'month'], random), instant(random)),
      () => op(pick(['days_since', 'hours_since'], random), instant(random), instant(random)),
    ],
    random,
  )()
}

function leaf(random: Random): Ast {
  return pick<() => Ast>(
    [
      () => column('n0'),
      () => column('n1'),
      () => column('k'),
      () => op('to_number', column(pick(['i', 'd'], random))),
      () => literal(awkward(random)),
    ],
    random,
  )()
}

function booleanOf(depth: number, random: Random): Ast {
  if (depth === 0) return column('b')
  const number = (): Ast => numberOf(depth - 1, random)
  const boolean = (): Ast => booleanOf(depth - 1, random)
  const text: Ast = { op: 'literal', type: 'string', value: "c'" }
  return pick<() => Ast>(
    [
      () => op(pick(['gt', 'gte', 'lt', 'lte', 'eq'], random), number(), number()),
      () =>
        op(pick(['gt', 'gte', 'lt', 'lte', 'eq'], random), column('d'), {
          op: 'literal',
          type: 'decimal',
          value: '1.005',
        }),
      () =>
        op(pick(['gt', 'lte', 'eq'], random), column('i'), {
          op: 'literal',
          type: 'int64',
          value: '4611686018427387904',
        }),
      () => op('between', number(), literal(-3), literal(10)),
      () => op(pick(['and', 'or'], random), boolean(), boolean()),
      () => op('not', boolean()),
      () => op('is_null', number()),
      () => op('is_in', column('s'), text, { op: 'literal', type: 'string', value: 'a' }),
      () => op('eq', op('coalesce', column('s'), text), text),
    ],
    random,
  )()
}

function instant(random: Random): Ast {
  return pick<() => Ast>(
    [
      () => column('at'),
      () => column('before'),
      () => op('coalesce', column('at'), { op: 'literal', type: 'instant', value: '1969-02-03T04:05:06.789012Z' }),
    ],
    random,
  )()
}

function op(operator: Operator, ...args: readonly Ast[]): Ast {
  return { op: operator, args }
}

function column(name: string): Ast {
  return { op: 'column', name }
}

function literal(value: number): Ast {
  return { op: 'literal', type: 'number', value }
}

function pick<T>(from: readonly T[], random: Random): T {
  const found = from[Math.floor(random() * from.length)]
  if (found === undefined) throw new Error('pick: expected something to choose from')
  return found
}
