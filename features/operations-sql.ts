import type { Operator } from '../dsl/ast.ts'
import { FeaturesError } from './errors.ts'
import { commonDecimal, type ValueType } from './read-contract.ts'
import { transcendentalName } from './transcendental.ts'

interface Operand {
  readonly sql: string
  readonly type: ValueType
}

/**
 * One operator over columns. The evaluator does the same IEEE operations in the same order (`operations.ts`). Null comes
 * out where an argument is null; NaN, which only overflow can make, equals itself and is above every number, as DuckDB has it.
 */
export function operationSql(op: Operator, args: readonly Operand[]): Operand {
  return { sql: OPERATIONS[op](args), type: typeOf(op, args) }
}

type Rendered = (args: readonly Operand[]) => string

const OPERATIONS: Readonly<Record<Operator, Rendered>> = {
  plus: infix('+'),
  minus: infix('-'),
  times: infix('*'),
  over: binary((a, b) => `CASE WHEN ${b} <> 0 THEN ${a} / ${b} END`),
  abs: unary((a) => `abs(${a})`),
  floor: unary((a) => `floor(${a})`),
  least: binary((a, b) => `CASE WHEN ${a} <= ${b} THEN ${a} WHEN ${a} > ${b} THEN ${b} END`),
  greatest: binary((a, b) => `CASE WHEN ${a} >= ${b} THEN ${a} WHEN ${a} < ${b} THEN ${b} END`),
  ln: unary((a) => `${transcendentalName('ln')}(${a})`),
  exp: unary((a) => `${transcendentalName('exp')}(${a})`),
  sqrt: unary((a) => `CASE WHEN ${a} >= 0 THEN sqrt(${a}) END`),
  bucket: (args) => bucketSql(args.map(({ sql }) => sql)),
  gt: compared('>'),
  gte: compared('>='),
  lt: compared('<'),
  lte: compared('<='),
  eq: compared('='),
  between: ([a, low, high]) => `(${sqlOf(a)} >= ${sqlOf(low)} AND ${sqlOf(a)} <= ${sqlOf(high)})`,
  is_in: ([a, ...set]) => `(${sqlOf(a)} IN (${set.map(({ sql }) => sql).join(', ')}))`,
  and: infix('AND'),
  or: infix('OR'),
  not: unary((a) => `(NOT ${a})`),
  is_null: unary((a) => `(${a} IS NULL)`),
  coalesce: (args) => `coalesce(${alikeSql(args).join(', ')})`,
  when: ([condition, yes, no]) => `CASE WHEN ${sqlOf(condition)} THEN ${sqlOf(yes)} ELSE ${sqlOf(no)} END`,
  to_number: ([a]) => toNumberSql(a),
  hour: unary((a) => `CAST(hour(make_timestamp(${a})) AS DOUBLE)`),
  weekday: unary((a) => `CAST(isodow(make_timestamp(${a})) AS DOUBLE)`),
  day_of_month: unary((a) => `CAST(day(make_timestamp(${a})) AS DOUBLE)`),
  month: unary((a) => `CAST(month(make_timestamp(${a})) AS DOUBLE)`),
  days_since: binary((a, b) => `CAST(${a} - ${b} AS DOUBLE) / CAST(86400000000 AS DOUBLE)`),
  hours_since: binary((a, b) => `CAST(${a} - ${b} AS DOUBLE) / CAST(3600000000 AS DOUBLE)`),
}

/** A decimal's nearest double is that of its text; DuckDB's own cast divides, and rounds twice. */
export function toNumberSql(operand: Operand | undefined): string {
  const sql = sqlOf(operand)
  return operand?.type.kind === 'decimal' ? `CAST(CAST(${sql} AS VARCHAR) AS DOUBLE)` : `CAST(${sql} AS DOUBLE)`
}

function typeOf(op: Operator, [first, second, third]: readonly Operand[]): ValueType {
  switch (op) {
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
    case 'eq':
    case 'between':
    case 'is_in':
    case 'and':
    case 'or':
    case 'not':
    case 'is_null':
      return { kind: 'boolean' }
    case 'coalesce':
      return first === undefined || second === undefined ? missing() : commonDecimal(first.type, second.type)
    case 'when':
      return third?.type ?? missing()
    default:
      return { kind: 'number' }
  }
}

function unary(render: (a: string) => string): Rendered {
  return ([a]) => render(sqlOf(a))
}

function binary(render: (a: string, b: string) => string): Rendered {
  return ([a, b]) => render(sqlOf(a), sqlOf(b))
}

function infix(sign: string): Rendered {
  return binary((a, b) => `(${a} ${sign} ${b})`)
}

function compared(sign: string): Rendered {
  return (args) => `(${alikeSql(args).join(` ${sign} `)})`
}

/** Decimals meet in a type that holds both; the rest is of one type already. */
export function alikeSql([first, second]: readonly Operand[]): readonly string[] {
  if (first === undefined || second === undefined) return missing()
  const type = commonDecimal(first.type, second.type)
  return [first, second].map(({ sql }) => castSql(sql, type))
}

function castSql(sql: string, type: ValueType): string {
  return type.kind === 'decimal' ? `CAST(${sql} AS DECIMAL(${type.precision}, ${type.scale}))` : sql
}

function bucketSql([a, ...edges]: readonly string[]): string {
  const below = edges.map((edge, index) => `WHEN ${a} < ${edge} THEN CAST(${index} AS DOUBLE)`)
  return `CASE ${below.join(' ')} WHEN ${a} IS NOT NULL THEN CAST(${edges.length} AS DOUBLE) END`
}

function sqlOf(operand: Operand | undefined): string {
  return operand?.sql ?? missing()
}

function missing(): never {
  throw new FeaturesError('expression', 'operator: expected all its arguments, got fewer')
}
