import type { AggregateAst, Ast } from '../dsl/ast.ts'
import { canonicalJson } from '../dsl/digest.ts'
import {
  argumentsOf,
  columnNamed,
  contractNamed,
  nodesOf,
  type ReadColumn,
  type ReadContract,
} from './read-contract.ts'

/** A look-up into the past. */
export type PastNode = Extract<Ast, { op: 'latest' | 'history' }>
export type HistoryNode = Extract<Ast, { op: 'history' }>
export type LatestNode = Extract<Ast, { op: 'latest' }>

/** What identifies the rows that a look-up is about: columns there, each equal to an expression here. */
export interface Match {
  readonly column: ReadColumn
  readonly equals: Ast
}

/**
 * Look-ups over the same rows of the past that are known at the same times, so that they stand on one structure: what is
 * known when, by entity. In SQL and in the index in memory alike.
 */
export interface Family {
  readonly contract: ReadContract
  readonly match: readonly Match[]
  /** From a row's time to when it is known: the outcome's delay if one of the look-ups' columns is an outcome. */
  readonly knownAfterMicros: bigint
  readonly nodes: readonly PastNode[]
}

/** All look-ups of some expressions, each once, those in another one's match before it. */
export function pastNodes(asts: readonly Ast[]): readonly PastNode[] {
  const found = new Map<string, PastNode>()
  for (const node of asts.flatMap(nodesOf)) {
    if (node.op === 'latest' || node.op === 'history') found.set(canonicalJson(node), node)
  }
  return [...found.values()]
}

/** How many look-ups stand below this one: those of equal depth do not need each other. */
export function pastDepth(ast: Ast): number {
  const below = Math.max(0, ...argumentsOf(ast).map(pastDepth))
  return ast.op === 'latest' || ast.op === 'history' ? below + 1 : below
}

/** In the order of their first look-up. */
export function familiesOf(nodes: readonly PastNode[], contracts: readonly ReadContract[]): readonly Family[] {
  const families = new Map<string, Family>()
  for (const node of nodes) {
    const family = familyOf(node, contracts)
    const key = familyKey(family)
    families.set(key, { ...family, nodes: [...(families.get(key)?.nodes ?? []), node] })
  }
  return [...families.values()]
}

function familyOf(node: PastNode, contracts: readonly ReadContract[]): Family {
  const contract = contractNamed(contracts, node.from)
  const match = Object.entries(node.op === 'latest' ? node.on : node.by)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([column, equals]) => ({ column: columnNamed(contract.columns, column), equals }))
  const knownAfterMicros = readsOutcome(node, contract) ? BigInt(contract.outcomesKnownAfterMillis) * 1000n : 0n
  return { contract, match, knownAfterMicros, nodes: [node] }
}

function familyKey({ contract, match, knownAfterMicros }: Family): string {
  return `${knownAfterMicros} ${matchKey({ contract, match })}`
}

/** Families of one key look the same entities up. */
export function matchKey({ contract, match }: Pick<Family, 'contract' | 'match'>): string {
  return canonicalJson([contract.name, match.map(({ column, equals }) => [column.name, equals])])
}

/** The summarised expression; a count has none. */
export function summarised(aggregate: AggregateAst): Ast | undefined {
  return aggregate.op === 'count' ? undefined : aggregate.of
}

function readsOutcome(node: PastNode, { columns }: ReadContract): boolean {
  if (node.op === 'latest') return columnNamed(columns, node.column).outcome
  const of = summarised(node.aggregate)
  return of !== undefined && readsOutcomeColumn(of, columns)
}

export function readsOutcomeColumn(ast: Ast, columns: readonly ReadColumn[]): boolean {
  return nodesOf(ast).some((node) => node.op === 'column' && columnNamed(columns, node.name).outcome)
}
