import type { Ast, Literal, ScalarType } from '../dsl/ast.ts'
import { scalarType, type ColumnSpec, type ColumnType } from '../dsl/columns.ts'
import type { ContractSpec } from '../dsl/plan.ts'
import { FeaturesError } from './errors.ts'

/** What an expression has to know of a column. */
export type ReadColumn = Pick<ColumnSpec, 'name' | 'type' | 'outcome' | 'decimals'>

/** What an expression has to know of a contract; every `ContractSpec` is one. */
export interface ReadContract extends Pick<ContractSpec, 'name' | 'time' | 'outcomesKnownAfterMillis'> {
  readonly columns: readonly ReadColumn[]
}

/** The type of a value, with the digits of a decimal. */
export type ValueType =
  | { readonly kind: Exclude<ScalarType, 'decimal'> }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }

/** Throws `unknown-column`. */
export function contractNamed(contracts: readonly ReadContract[], name: string): ReadContract {
  const found = contracts.find((contract) => contract.name === name)
  if (found !== undefined) return found
  throw new FeaturesError('unknown-column', `contract: expected one that the plan reads, got "${name}"`)
}

/** Throws `unknown-column`. */
export function columnNamed(columns: readonly ReadColumn[], name: string): ReadColumn {
  const found = columns.find((column) => column.name === name)
  if (found !== undefined) return found
  throw new FeaturesError('unknown-column', `column: expected one of the contract's, got "${name}"`)
}

export function valueTypeOf(type: ColumnType): ValueType {
  if (type.kind === 'decimal') return { kind: 'decimal', precision: type.precision, scale: type.scale }
  // `scalarType` keeps "decimal" for decimals only.
  return { kind: scalarType(type) as Exclude<ScalarType, 'decimal'> }
}

export function literalType({ type, value }: Literal): ValueType {
  if (type !== 'decimal') return { kind: type }
  const [whole = '', fraction = ''] = String(value).replace('-', '').split('.')
  return { kind: 'decimal', precision: whole.length + fraction.length, scale: fraction.length }
}

/** A decimal type that holds the values of both. Throws `expression` where that takes more than 38 digits. */
export function commonDecimal(left: ValueType, right: ValueType): ValueType {
  if (left.kind !== 'decimal' || right.kind !== 'decimal') return left
  const scale = Math.max(left.scale, right.scale)
  const precision = Math.max(left.precision - left.scale, right.precision - right.scale) + scale
  if (precision <= 38) return { kind: 'decimal', precision, scale }
  throw new FeaturesError(
    'expression',
    `decimals: expected two that 38 digits hold, got ${left.precision},${left.scale} and ${right.precision},${right.scale}; compare them by toNumber()`,
  )
}

/** Each node of a tree, arguments first; what a `history` summarises is left out, since it stands on other rows. */
export function nodesOf(ast: Ast): readonly Ast[] {
  return [...argumentsOf(ast).flatMap(nodesOf), ast]
}

/** The columns of the row itself that an expression reads, those that look-ups match by included. */
export function columnsOf(expression: Ast): readonly string[] {
  return nodesOf(expression).flatMap((node) => (node.op === 'column' ? [node.name] : []))
}

export function argumentsOf(ast: Ast): readonly Ast[] {
  switch (ast.op) {
    case 'column':
    case 'literal':
      return []
    case 'latest':
      return Object.values(ast.on)
    case 'history':
      return Object.values(ast.by)
    default:
      return ast.args
  }
}
