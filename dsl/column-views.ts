import { scalarType } from './columns.ts'
import type { AnyContract, OutcomeOf, RowOf } from './contract.ts'
import { expressionNode } from './expression-node.ts'
import type { ExpressionOf } from './expression.ts'

/** Stands in for an outcome column where features are defined, so that the compiler says why it is out of reach. */
export interface KnownOnlyAfterTheOutcome<Column> {
  readonly leaks: Column
}

/** A row as features see it. */
export type FeatureColumns<C extends AnyContract> = {
  readonly [N in keyof RowOf<C>]: ExpressionOf<RowOf<C>[N], `${C['name']}.${N & string}`>
} & { readonly [N in keyof OutcomeOf<C>]: KnownOnlyAfterTheOutcome<N> }

/** A row as its label sees it: columns and outcomes alike. */
export type LabelColumns<C extends AnyContract> = {
  readonly [N in keyof RowOf<C>]: ExpressionOf<RowOf<C>[N], `${C['name']}.${N & string}`>
} & { readonly [N in keyof OutcomeOf<C>]: ExpressionOf<OutcomeOf<C>[N], `${C['name']}.${N & string}`> }

/** A row of the past: columns and outcomes alike, and apart from the columns of the row that looks back. */
export type PastColumns<C extends AnyContract> = {
  readonly [N in keyof RowOf<C>]: ExpressionOf<RowOf<C>[N], `past:${N & string}`>
} & { readonly [N in keyof OutcomeOf<C>]: ExpressionOf<OutcomeOf<C>[N], `past:${N & string}`> }

/** @internal The one place where run-time column nodes take on their typed view. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the view that it vouches for
export function columnViews<View>(from: AnyContract): View {
  return Object.fromEntries(
    from.columns.map(({ name, type }) => [name, expressionNode({ op: 'column', name }, scalarType(type))]),
  ) as View
}
