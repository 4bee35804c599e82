import { canonicalJson } from '../dsl/digest.ts'
import type { Ast } from '../dsl/ast.ts'
import type { FeatureSpec } from '../dsl/features.ts'
import { compileExpression, entityPart } from './compile-expression.ts'
import { entityKey, entitySeries, type EntitySeries, type Measure } from './entity-series.ts'
import { FeaturesError } from './errors.ts'
import type { Past, Row } from './evaluate.ts'
import { exactValue } from './exact-value.ts'
import type { Value } from './operations.ts'
import { familiesOf, pastNodes, summarised, type Family, type PastNode } from './past-nodes.ts'
import type { ReadContract } from './read-contract.ts'
import { exactSummand, requireExactSums } from './exact-scale.ts'

/**
 * The past in memory, exact at any clock: by entity, cumulative counts and sums in the order of known-at, so that a window
 * is the difference of two look-ups. What is asked about a time stays the same however much later rows are added.
 */
export interface PastIndex extends Past {
  /** One row of a contract, in the order of the source. Throws `inexact`. */
  add(contract: string, row: Row): void
}

/** Holds what the look-ups of these features need. Throws `unknown-column`, `no-exact-scale`. */
export function pastIndex(features: readonly FeatureSpec[], contracts: readonly ReadContract[]): PastIndex {
  requireExactSums(features, contracts)
  const expressions = features.map(({ expression }) => expression)
  const stores = familiesOf(pastNodes(expressions), contracts).map((family) => familyStore(family, contracts))
  const byNode = new Map(stores.flatMap((store) => store.nodes.map((node) => [canonicalJson(node), store] as const)))
  const seen = new WeakMap<PastNode, FamilyStore>()

  function storeOf(node: PastNode): FamilyStore {
    const known = seen.get(node) ?? byNode.get(canonicalJson(node))
    if (known === undefined) {
      throw new FeaturesError(
        'expression',
        `past: expected a look-up that it was made for, got one into "${node.from}"`,
      )
    }
    seen.set(node, known)
    return known
  }

  return {
    add: (contract, row) => {
      for (const store of stores) if (store.contract === contract) store.add(row)
    },
    history: (node, entity, at) => {
      const { series, measureOf } = storeOf(node)
      const found = series.get(entityKey(entity))
      if (found === undefined) return node.aggregate.op === 'count' ? 0 : null
      return found.window(measureOf(node), at - BigInt(node.withinMillis) * 1000n, at)
    },
    latest: (node, entity, at) => {
      const row = storeOf(node)
        .series.get(entityKey(entity))
        ?.newest(at - BigInt(node.withinMillis) * 1000n, at)
      return row?.[node.column] ?? null
    },
  }
}

interface FamilyStore {
  readonly contract: string
  readonly nodes: readonly PastNode[]
  readonly series: ReadonlyMap<string, EntitySeries>
  readonly measureOf: (node: PastNode) => Measure
  readonly add: (row: Row) => void
}

function familyStore(family: Family, contracts: readonly ReadContract[]): FamilyStore {
  const { contract, match, knownAfterMicros, nodes } = family
  const measures = nodes.map((node, index) => measureFor(node, { index, contract, contracts }))
  const byNode = new Map(nodes.map((node, index) => [canonicalJson(node), measures[index]]))
  const series = new Map<string, EntitySeries>()
  const { time, columns } = contract
  const entityOf = match.map(({ column }) =>
    entityPart(compileExpression({ op: 'column', name: column.name }, { columns, contracts })),
  )
  return {
    contract: contract.name,
    nodes,
    series,
    measureOf: (node) => byNode.get(canonicalJson(node)) ?? unknownNode(),
    add: (row) => {
      const at = time === null ? null : row[time]
      const entity = entityOf.map((read) => read({ row, past: NO_PAST, at: null }))
      if (typeof at !== 'bigint' || entity.includes(null)) return
      const key = entityKey(entity)
      const own = series.get(key) ?? entitySeries(measures)
      series.set(key, own)
      own.add(at + knownAfterMicros, row)
    },
  }
}

function measureFor(
  node: PastNode,
  {
    index,
    contract,
    contracts,
  }: { readonly index: number; readonly contract: ReadContract; readonly contracts: readonly ReadContract[] },
): Measure {
  const none = { index, scale: 0, value: () => null, units: () => null }
  if (node.op === 'latest') return { ...none, op: 'latest' }
  const of = summarised(node.aggregate)
  if (of === undefined) return { ...none, op: 'count', value: () => true }
  const compile = (ast: Ast): ((row: Row) => Value) => {
    const { read } = compileExpression(ast, { columns: contract.columns, contracts })
    return (row) => read({ row, past: NO_PAST, at: null })
  }
  const { op } = node.aggregate
  const measure = { ...none, op, value: compile(of) }
  if (op === 'share' || op === 'min' || op === 'max' || op === 'count') return measure
  const exact = exactSummand(of, contract)
  return { ...measure, scale: exact.scale, units: exactValue(exact, compile) }
}

const NO_PAST: Past = { history: unknownNode, latest: unknownNode }

function unknownNode(): never {
  throw new FeaturesError('expression', 'summary: expected columns of the past row, got a look-up of its own')
}
