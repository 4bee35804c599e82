import { ActivityError } from '../activities/errors.ts'
import type { Verdict } from '../activities/requests.ts'
import type { Scope } from '../activities/resolve-binding.ts'
import { verdictOf } from '../activities/verdict.ts'
import type { Digest, Json, Plan, PlanNode } from '../dsl/plan.ts'
import type { Results } from '../store/results.ts'
import { bindingsOf, neededBy, parametersIn } from './plan-bindings.ts'
import { expectedOf, type Expected, type Surroundings } from './plan-keys.ts'

/** What a run of the plan would do with a node. */
export type NodeState =
  /** Its result is in the store. */
  | { readonly state: 'reused'; readonly key: Digest }
  /** `items`: how many elements of an `each`, or files of a source, have their results already. */
  | {
      readonly state: 'runs'
      readonly key: Digest
      readonly items?: { readonly reused: number; readonly total: number }
    }
  /** Its result is in the store, and ends the run as it did the last one. */
  | { readonly state: 'ends'; readonly key: Digest; readonly verdict: Verdict }
  /** Its input is not known before these nodes are done, or before these parameters are given. */
  | { readonly state: 'unknown'; readonly nodes: readonly string[]; readonly parameters: readonly string[] }
  /** Its input cannot be: an `each` over what is no list, a source without files. */
  | { readonly state: 'fails'; readonly message: string }
  /** Decided by each run: nothing of it is ever reused. */
  | { readonly state: 'always' }

export interface StatesOptions extends Surroundings {
  readonly results: Results
  /** Those that are known; a node that reads another one is `unknown`. */
  readonly parameters: Readonly<Record<string, Json>>
}

/** Looks every node up in the store, by id. Reads only. */
export async function nodeStates(plan: Plan, options: StatesOptions): Promise<ReadonlyMap<string, NodeState>> {
  const standings = new Map<string, Promise<Standing>>()
  // In the plan's order, so that a node finds those that it needs.
  for (const node of plan.nodes) standings.set(node.id, standingOf(node, { ...options, plan, standings }))
  const entries = plan.nodes.map(async ({ id }) => [id, (await standings.get(id))?.state ?? ALWAYS] as const)
  return new Map(await Promise.all(entries))
}

const ALWAYS: NodeState = { state: 'always' }

interface Standing {
  readonly state: NodeState
  /** Where it is known already. */
  readonly output?: Json
}

interface Lookup extends StatesOptions {
  readonly plan: Plan
  readonly standings: ReadonlyMap<string, Promise<Standing>>
}

async function standingOf(node: PlanNode, lookup: Lookup): Promise<Standing> {
  const bindings = bindingsOf(node)
  if (bindings === undefined) return { state: ALWAYS }
  const outputs = new Map<string, Json>()
  const nodes: string[] = []
  for (const id of neededBy(node, bindings)) {
    const output = (await lookup.standings.get(id))?.output
    if (output === undefined) nodes.push(id)
    else outputs.set(id, output)
  }
  const parameters = [...new Set(bindings.flatMap(parametersIn))].filter((name) => !(name in lookup.parameters))
  if (nodes.length + parameters.length > 0) return { state: { state: 'unknown', nodes, parameters } }
  return lookUp(node, { node: node.id, parameters: lookup.parameters, outputs }, lookup)
}

async function lookUp(node: PlanNode, scope: Scope, lookup: Lookup): Promise<Standing> {
  try {
    const expected = await expectedOf({ plan: lookup.plan, node, scope }, lookup)
    return expected === undefined ? { state: ALWAYS } : await compared(node, expected, lookup)
  } catch (error) {
    if (error instanceof ActivityError) return { state: { state: 'fails', message: error.message } }
    throw error
  }
}

async function compared({ kind }: PlanNode, expected: Expected, { results }: Lookup): Promise<Standing> {
  const { key, items, ...known } = expected
  const found = await results.find(key)
  if (found === undefined)
    return { state: { state: 'runs', key, ...(items && (await counted(items, results))) }, ...known }
  const output = await results.output(found)
  const verdict = verdictOf(kind, output)
  // Nothing comes after a run's end, so there is no output to go on from.
  return verdict === undefined
    ? { state: { state: 'reused', key }, output }
    : { state: { state: 'ends', key, verdict } }
}

async function counted(
  keys: readonly Digest[],
  results: Results,
): Promise<{ readonly items: { readonly reused: number; readonly total: number } }> {
  const found = await Promise.all(keys.map((key) => results.find(key)))
  return { items: { reused: found.filter((item) => item !== undefined).length, total: keys.length } }
}
