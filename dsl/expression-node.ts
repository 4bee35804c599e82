import type { Ast, Literal, Operator, ScalarType } from './ast.ts'
import { DslError } from './errors.ts'
import type { Expression } from './expression.ts'
import type { ContractSpec } from './plan.ts'

/** @internal A run-time node under the typed view that its caller vouches for. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the view that it vouches for
export function expressionNode<View>(ast: Ast, type: ScalarType, reads: readonly ContractSpec[] = []): View {
  return Object.freeze(Object.assign(Object.create(methods) as object, { ast, type, reads })) as View
}

export type Operand = Expression<unknown> | string | number | boolean | bigint | Date

/** Each method of the typed views: its operator, and the type of what comes out (`same`: that of what went in). */
const OPERATIONS: Readonly<Record<string, readonly [Operator, ScalarType | 'same']>> = {
  plus: ['plus', 'number'],
  minus: ['minus', 'number'],
  times: ['times', 'number'],
  over: ['over', 'number'],
  abs: ['abs', 'number'],
  floor: ['floor', 'number'],
  min: ['least', 'number'],
  max: ['greatest', 'number'],
  ln: ['ln', 'number'],
  exp: ['exp', 'number'],
  sqrt: ['sqrt', 'number'],
  bucket: ['bucket', 'number'],
  gt: ['gt', 'boolean'],
  gte: ['gte', 'boolean'],
  lt: ['lt', 'boolean'],
  lte: ['lte', 'boolean'],
  eq: ['eq', 'boolean'],
  between: ['between', 'boolean'],
  isIn: ['is_in', 'boolean'],
  and: ['and', 'boolean'],
  or: ['or', 'boolean'],
  not: ['not', 'boolean'],
  isNull: ['is_null', 'boolean'],
  orElse: ['coalesce', 'same'],
  toNumber: ['to_number', 'number'],
  hour: ['hour', 'number'],
  weekday: ['weekday', 'number'],
  dayOfMonth: ['day_of_month', 'number'],
  month: ['month', 'number'],
  daysSince: ['days_since', 'number'],
  hoursSince: ['hours_since', 'number'],
}

const methods = Object.fromEntries(
  Object.entries(OPERATIONS).map(([name, [op, result]]) => [
    name,
    function grow(this: Expression<unknown>, ...given: readonly (Operand | readonly Operand[])[]): unknown {
      const operands = given.flat()
      const args = [this.ast, ...operands.map((operand) => astOf(operand, this.type))]
      return expressionNode({ op, args }, result === 'same' ? this.type : result, readsOf([this, ...operands]))
    },
  ]),
)

/** @internal The contracts that any of them reads, each once. */
export function readsOf(operands: readonly Operand[]): readonly ContractSpec[] {
  return [...new Set(operands.flatMap((operand) => (isExpression(operand) ? operand.reads : [])))]
}

/** @internal The tree of an operand; a plain value is a literal of the type that it stands beside. */
export function astOf(operand: Operand, beside: ScalarType): Ast {
  if (operand instanceof Date) return { op: 'literal', type: beside, value: operand.toISOString() }
  if (isExpression(operand)) return operand.ast
  if (typeof operand === 'bigint') return { op: 'literal', type: beside, value: String(operand) }
  return literal(operand, beside)
}

function isExpression(operand: Operand): operand is Expression<unknown> {
  return typeof operand === 'object' && 'ast' in operand
}

function literal(value: string | number | boolean, type: ScalarType): Literal {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new DslError('expression', `literal: expected a finite number, got "${value}"`)
  }
  return { op: 'literal', type, value }
}
