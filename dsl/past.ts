import type { Aggregate } from './aggregate.ts'
import type { Ast } from './ast.ts'
import { columnViews, type PastColumns } from './column-views.ts'
import { scalarType } from './columns.ts'
import type { AnyContract, OutcomeOf, RowOf, TimedContract } from './contract.ts'
import { DslError } from './errors.ts'
import { expressionNode, readsOf } from './expression-node.ts'
import type { Expression, ExpressionOf } from './expression.ts'
import { millisOf, type Duration } from './units.ts'

/** Which rows of the other contract belong to this row: columns there, each equal to an expression over this row. */
type Match<C extends AnyContract, K extends ColumnOf<C>, Reach extends string> = {
  readonly [N in K]: Expression<NonNullable<RowOf<C>[N]>, Reach>
}

/** A conditional type, and no plain `keyof`: inference into `Match` would stop at `keyof` before it has seen the reach. */
type ColumnOf<C extends AnyContract> = Extract<keyof RowOf<C>, string>

/** Every column of another row may be missing, because the row may be. */
export type MaybeRow<C extends AnyContract, Reach extends string> = {
  readonly [N in keyof RowOf<C>]: ExpressionOf<NonNullable<RowOf<C>[N]> | null, Reach>
} & { readonly [N in keyof OutcomeOf<C>]: ExpressionOf<NonNullable<OutcomeOf<C>[N]> | null, Reach> }

/**
 * The newest row of `from` that matches and was known strictly before this row's own time, and no longer than `within`
 * before it; of equally new ones the last in the source. A row whose outcome is read is known `outcomesKnownAfter` later.
 * Every column of it may be null. Throws `DslError` with `expression` where `within` is no duration above zero.
 */
export function latest<C extends TimedContract, K extends ColumnOf<C> = never, R extends string = never>(
  from: C,
  {
    on,
    within,
  }: {
    /** Columns of `from`, each equal to an expression over this row. */
    readonly on: Match<C, K, R>
    /** How far back to look. */
    readonly within: Duration
  },
): MaybeRow<C, NoInfer<R> | `@${C['name']}`> {
  const row = { from: from.name, on: asts(on), withinMillis: windowMillis('latest', from, within) }
  const reads = [from, ...readsOf(Object.values(on))]
  const columns = from.columns.map(({ name, type }) => [
    name,
    expressionNode({ op: 'latest', ...row, column: name }, scalarType(type), reads),
  ])
  // The typed view of the nodes just made, one a column.
  return Object.fromEntries(columns) as MaybeRow<C, NoInfer<R> | `@${C['name']}`>
}

/**
 * A summary of the matching rows of `from` that were known in [t - within, t), t being this row's own time.
 * Where an outcome is read, a row is known `outcomesKnownAfter` later than its time. Throws `DslError` with `expression`
 * where `within` is no duration above zero.
 */
export function history<
  C extends TimedContract,
  T extends number | null,
  K extends ColumnOf<C> = never,
  R extends string = never,
>(
  from: C,
  {
    by,
    within,
  }: {
    /** Columns of `from`, each equal to an expression over this row. */
    readonly by: Match<C, K, R>
    /** How far back to look. */
    readonly within: Duration
  },
  summarise: (past: PastColumns<C>) => Aggregate<T>,
): ExpressionOf<T, NoInfer<R> | `@${C['name']}`> {
  const { ast: aggregate } = summarise(columnViews(from))
  const withinMillis = windowMillis('history', from, within)
  const ast = { op: 'history', from: from.name, by: asts(by), withinMillis, aggregate } as const
  return expressionNode(ast, 'number', [from, ...readsOf(Object.values(by))])
}

/** Whether a value of it depends on other rows, of this contract or another one. */
export function readsPast(ast: Ast): boolean {
  return ast.op === 'latest' || ast.op === 'history' || ('args' in ast && ast.args.some(readsPast))
}

function asts(match: Readonly<Record<string, Expression<unknown>>>): Record<string, Ast> {
  return Object.fromEntries(Object.entries(match).map(([column, { ast }]) => [column, ast]))
}

function windowMillis(word: string, from: AnyContract, within: Duration): number {
  const millis = millisOf(within)
  if (millis !== undefined && millis > 0 && Number.isInteger(millis)) return millis
  throw new DslError('expression', `${word} of "${from.name}": expected a window above zero, got "${within}"`)
}
