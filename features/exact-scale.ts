import type { AggregateAst, Ast } from '../dsl/ast.ts'
import type { FeatureSpec } from '../dsl/features.ts'
import { FeaturesError } from './errors.ts'
import { exactOf, scaleOf, type Exact } from './exact.ts'
import { pastNodes, summarised } from './past-nodes.ts'
import { columnNamed, contractNamed, nodesOf, type ReadContract } from './read-contract.ts'

type Columns = Pick<ReadContract, 'name' | 'columns'>

/** Throws `no-exact-scale`, with feature and remedy, where a sum would depend on the order of its rows. */
export function requireExactSums(features: readonly FeatureSpec[], contracts: readonly ReadContract[]): void {
  for (const { name, expression } of features) {
    for (const node of pastNodes([expression])) {
      const fault = node.op === 'history' ? sumFault(node.aggregate, contractNamed(contracts, node.from)) : undefined
      if (fault !== undefined) throw new FeaturesError('no-exact-scale', `${name}: ${fault}`)
    }
  }
}

/** Why a summary has no exact sums, or `undefined` where it has, or needs none. */
function sumFault(aggregate: AggregateAst, contract: Columns): string | undefined {
  const { op } = aggregate
  const of = summarised(aggregate)
  if (of === undefined || op === 'share' || op === 'min' || op === 'max') return undefined
  return exactOf(of, contract.columns) === undefined ? inexact(op, of, contract) : undefined
}

/** The exact form of what a sum, mean or deviation is of. Throws `no-exact-scale`. */
export function exactSummand(of: Ast, contract: Columns): Exact {
  const exact = exactOf(of, contract.columns)
  if (exact !== undefined) return exact
  throw new FeaturesError('no-exact-scale', inexact('sum', of, contract))
}

function inexact(op: string, of: Ast, { name, columns }: Columns): string {
  const column = nodesOf(of).find(
    (node) =>
      node.op === 'column' &&
      columnNamed(columns, node.name).type.kind === 'number' &&
      scaleOf(node, columns) === undefined,
  )
  if (column?.op === 'column') {
    return `expected numbers with declared decimals to take the ${op} of, got "${name}.${column.name}"; declare .meta({ decimals })`
  }
  const operator = nodesOf(of).find((node) => scaleOf(node, columns) === undefined) ?? of
  return `expected plus, minus and times of numbers with up to 18 decimals to take the ${op} of, got "${operator.op}" over "${name}"`
}
