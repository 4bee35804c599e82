import type { Ast } from '../dsl/ast.ts'
import { columnNamed, type ReadColumn } from './read-contract.ts'

/**
 * A number expression as an integer in units of 10^-scale, so that sums of it do not depend on the order of rows.
 * `unit`: a leaf that has to become such an integer. `whole`: evaluated as a double, which is an integer already.
 */
export type Exact = { readonly scale: number } & (
  | { readonly op: 'unit'; readonly ast: Ast; readonly from: 'number' | 'int64' | 'decimal' }
  | { readonly op: 'whole'; readonly ast: Ast }
  | { readonly op: 'constant'; readonly units: bigint }
  | { readonly op: 'shift'; readonly by: bigint; readonly of: Exact }
  | { readonly op: 'abs'; readonly of: Exact }
  | { readonly op: 'when'; readonly condition: Ast; readonly yes: Exact; readonly no: Exact }
  | { readonly op: ExactOperator; readonly left: Exact; readonly right: Exact }
)
export type ExactOperator = 'plus' | 'minus' | 'times' | 'least' | 'greatest' | 'coalesce'

/** Units above this lose digits as a double already. */
export const MOST_UNITS = 2n ** 53n
/** More decimals than a double can tell apart. */
const MOST_DECIMALS = 18

/**
 * How many decimals make sums of the expression exact; `undefined` where none do: a number without declared decimals,
 * or an operator that leaves the decimals (`over`, `ln`, `exp`, `sqrt`, days and hours since).
 */
export function scaleOf(ast: Ast, columns: readonly ReadColumn[]): number | undefined {
  return exactOf(ast, columns)?.scale
}

export function exactOf(ast: Ast, columns: readonly ReadColumn[]): Exact | undefined {
  const exact = derive(ast, columns)
  return exact === undefined || exact.scale > MOST_DECIMALS ? undefined : exact
}

function derive(ast: Ast, columns: readonly ReadColumn[]): Exact | undefined {
  switch (ast.op) {
    case 'column':
      return ofColumn(ast, columnNamed(columns, ast.name))
    case 'literal':
      return ofLiteral(ast.value)
    case 'plus':
    case 'minus':
    case 'least':
    case 'greatest':
    case 'coalesce':
      return aligned(ast.op, operands(ast.args, columns))
    case 'times':
      return product(operands(ast.args, columns))
    case 'abs': {
      const [of] = operands(ast.args, columns)
      return of && { op: 'abs', scale: of.scale, of }
    }
    case 'when':
      return chosen(ast.args, columns)
    case 'to_number':
      return ofConversion(ast, ast.args, columns)
    case 'floor':
    case 'bucket':
    case 'hour':
    case 'weekday':
    case 'day_of_month':
    case 'month':
      return { op: 'whole', scale: 0, ast }
    default:
      return undefined
  }
}

function ofColumn(ast: Ast, { type, decimals }: ReadColumn): Exact | undefined {
  if (type.kind === 'integer') return { op: 'unit', from: 'number', scale: 0, ast }
  if (type.kind === 'int64') return { op: 'unit', from: 'int64', scale: 0, ast }
  if (type.kind === 'decimal') return { op: 'unit', from: 'decimal', scale: type.scale, ast }
  return type.kind === 'number' && decimals !== null ? { op: 'unit', from: 'number', scale: decimals, ast } : undefined
}

function ofLiteral(value: string | number | boolean): Exact | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? []
  const decimals = fraction.length - Number(exponent)
  if (whole === '' || Math.abs(decimals) > MOST_DECIMALS) return undefined
  const units = BigInt(`${sign}${whole}${fraction}`)
  return { op: 'constant', scale: Math.max(0, decimals), units: units * 10n ** BigInt(Math.max(0, -decimals)) }
}

/** The nearest double is asked for; the digits are there all the same. */
function ofConversion(ast: Ast, [of]: readonly Ast[], columns: readonly ReadColumn[]): Exact | undefined {
  const digits = of && derive(of, columns)
  if (digits !== undefined) return digits
  // A condition is 1 or 0; every int64 and decimal has its digits.
  return { op: 'whole', scale: 0, ast }
}

function operands(args: readonly Ast[], columns: readonly ReadColumn[]): readonly (Exact | undefined)[] {
  return args.map((arg) => derive(arg, columns))
}

function aligned(
  op: Exclude<ExactOperator, 'times'>,
  [left, right]: readonly (Exact | undefined)[],
): Exact | undefined {
  if (left === undefined || right === undefined) return undefined
  const scale = Math.max(left.scale, right.scale)
  return { op, scale, left: shifted(left, scale), right: shifted(right, scale) }
}

function product([left, right]: readonly (Exact | undefined)[]): Exact | undefined {
  if (left === undefined || right === undefined) return undefined
  return { op: 'times', scale: left.scale + right.scale, left, right }
}

function chosen([condition, ...branches]: readonly Ast[], columns: readonly ReadColumn[]): Exact | undefined {
  const [yes, no] = operands(branches, columns)
  if (condition === undefined || yes === undefined || no === undefined) return undefined
  const scale = Math.max(yes.scale, no.scale)
  return { op: 'when', scale, condition, yes: shifted(yes, scale), no: shifted(no, scale) }
}

function shifted(of: Exact, scale: number): Exact {
  return of.scale === scale ? of : { op: 'shift', scale, by: 10n ** BigInt(scale - of.scale), of }
}
