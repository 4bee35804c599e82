import type { Ast, ScalarType } from './ast.ts'
import { columnViews, type FeatureColumns } from './column-views.ts'
import type { AnyContract } from './contract.ts'
import { DslError } from './errors.ts'
import type { Expression, ReachOf, Tensor, ValueOf } from './expression.ts'
import { readsOf } from './expression-node.ts'
import { phantom } from './phantom.ts'
import type { ContractSpec } from './plan.ts'

declare const values: unique symbol
declare const reach: unique symbol

/** What a tensor can hold. A time has to become a number first, and a null a value; other contracts come by `history` and `latest`. */
type Feature<From extends string> = Expression<number | boolean | string, `${From}.${string}` | `@${string}`> & Tensor

/** Named expressions over the rows of one contract, and the past of others. `Reach` is what they read. */
export interface FeatureSet<C extends AnyContract, Values, Reach extends string> {
  readonly name: string
  readonly from: C
  /** In the order of their names, so that an author's order changes nothing. */
  readonly features: readonly FeatureSpec[]
  /** Every contract that has to be there, `from` included. */
  readonly reads: readonly ContractSpec[]
  readonly [values]: Values
  readonly [reach]: Reach
}

export interface FeatureSpec {
  readonly name: string
  readonly type: 'number' | 'boolean' | 'string'
  readonly expression: Ast
}

/** One definition for training and serving. Throws `DslError` with `feature` where a name is no identifier. */
export function features<C extends AnyContract, Defined extends Readonly<Record<string, Feature<NoInfer<C>['name']>>>>(
  name: string,
  from: C,
  define: (column: FeatureColumns<C>) => Defined,
): FeatureSet<C, { readonly [F in keyof Defined]: ValueOf<Defined[F]> }, ReachOf<Defined[keyof Defined]>> {
  const defined = Object.entries(define(columnViews(from))).toSorted(([left], [right]) => (left < right ? -1 : 1))
  const reads = [...new Set([from, ...readsOf(defined.map(([, expression]) => expression))])]
  refuseNamesakes(name, reads)
  return phantom({
    name,
    from,
    features: defined.map(([feature, { ast, type }]) => featureSpec(feature, ast, type)),
    reads,
  })
}

/** Sources are given by name, so two contracts of one name could not be told apart. */
function refuseNamesakes(set: string, reads: readonly ContractSpec[]): void {
  const names = reads.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return
  throw new DslError('feature', `features "${set}": expected one contract "${twice}", got two of that name; rename one`)
}

function featureSpec(name: string, expression: Ast, type: ScalarType): FeatureSpec {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name)) {
    throw new DslError('feature', `feature: expected an identifier of at most 63 characters, got "${name}"`)
  }
  if (type === 'int64' || type === 'decimal' || type === 'instant') {
    throw new DslError(
      'feature',
      `${name}: expected a number, a boolean or a string, got "${type}"; turn it into a number`,
    )
  }
  return { name, type, expression }
}
