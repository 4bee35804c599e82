import type { Ast } from '../dsl/ast.ts'
import { FeaturesError } from './errors.ts'
import { MOST_UNITS, type Exact } from './exact.ts'
import type { Value } from './operations.ts'

export type ReadUnits<Row> = (row: Row) => bigint | null

/** The same integers as `exactCells`. Throws `inexact` for a row that has none; training refuses such a row. */
export function exactValue<Row>(exact: Exact, compile: (ast: Ast) => (row: Row) => Value): ReadUnits<Row> {
  const of = (node: Exact): ReadUnits<Row> => exactValue(node, compile)
  switch (exact.op) {
    case 'constant':
      return () => exact.units
    case 'unit':
      return units(compile(exact.ast), exact.scale)
    case 'whole':
      return units(compile(exact.ast), 0)
    case 'shift':
      return map(of(exact.of), (value) => value * exact.by)
    case 'abs':
      return map(of(exact.of), (value) => (value < 0n ? -value : value))
    case 'when': {
      const [condition, yes, no] = [compile(exact.condition), of(exact.yes), of(exact.no)]
      return (row) => (condition(row) === true ? yes(row) : no(row))
    }
    case 'coalesce': {
      const [left, right] = [of(exact.left), of(exact.right)]
      return (row) => left(row) ?? right(row)
    }
    default:
      return pair(of(exact.left), of(exact.right), PAIRS[exact.op])
  }
}

const PAIRS = {
  plus: (a: bigint, b: bigint) => a + b,
  minus: (a: bigint, b: bigint) => a - b,
  times: (a: bigint, b: bigint) => a * b,
  least: (a: bigint, b: bigint) => (a <= b ? a : b),
  greatest: (a: bigint, b: bigint) => (a >= b ? a : b),
} as const

function units<Row>(read: (row: Row) => Value, scale: number): ReadUnits<Row> {
  const power = 10 ** scale
  return (row) => {
    const value = read(row)
    if (value === null || typeof value === 'bigint') return value
    return typeof value === 'string' ? unscaled(value, scale) : ofDouble(Number(value), power)
  }
}

/** The digits of a decimal text with `scale` of them after the point; it has no more of them. */
export function unscaled(text: string, scale: number): bigint {
  const [whole = '', fraction = ''] = text.split('.')
  return BigInt(`${whole}${fraction.slice(0, scale).padEnd(scale, '0')}`)
}

function ofDouble(double: number, power: number): bigint {
  const rounded = Math.round(double * power)
  if (Math.abs(rounded) <= Number(MOST_UNITS) && rounded / power === double) return BigInt(rounded)
  throw new FeaturesError('inexact', `number of the past: expected a multiple of ${1 / power} up to 2^53, got another`)
}

function map<Row>(read: ReadUnits<Row>, change: (value: bigint) => bigint): ReadUnits<Row> {
  return (row) => {
    const value = read(row)
    return value === null ? null : change(value)
  }
}

function pair<Row>(
  left: ReadUnits<Row>,
  right: ReadUnits<Row>,
  join: (a: bigint, b: bigint) => bigint,
): ReadUnits<Row> {
  return (row) => {
    const [a, b] = [left(row), right(row)]
    return a === null || b === null ? null : join(a, b)
  }
}
