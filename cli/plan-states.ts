import { ActivityError } from '../activities/errors.ts'
import { nodesIn, resolveBinding, type Scope } from '../activities/resolve-binding.ts'
import { bestKey, eachKey, stepKey } from '../activities/result-key.ts'
import type { Binding, Digest, EachNode, Json, Plan, PlanNode } from '../dsl/plan.ts'
import type { Results } from '../store/results.ts'

/** What a run of the plan would do with a node. */
export type NodeState =
  /** Its result is in the store. */
  | { readonly state: 'reused'; readonly key: Digest }
  /** `items`: how many elements of an `each` have their results already. */
  | {
      readonly state: 'runs'
      readonly key: Digest
      readonly items?: { readonly reused: number; readonly total: number }
    }
  /** Its input is not known before these nodes are done, or before these parameters are given. */
  | { readonly state: 'unknown'; readonly nodes: readonly string[]; readonly parameters: readonly string[] }
  /** Its input cannot be: an `each` over what is no list. */
  | { readonly state: 'fails'; readonly message: string }
  /** Decided by each run: nothing of it is ever reused. */
  | { readonly state: 'always' }

export interface StatesOptions {
  readonly results: Results
  /** Those that are known; a node that reads another one is `unknown`. */
  readonly parameters: Readonly<Record<string, Json>>
}

/** Looks every node up in the store, by id. Reads only. */
export async function nodeStates(plan: Plan, options: StatesOptions): Promise<ReadonlyMap<string, NodeState>> {
  const standings = new Map<string, Promise<Standing>>()
  // In the plan's order, so that a node finds those that it needs.
  for (const node of plan.nodes) standings.set(node.id, standingOf(node, { ...options, standings }))
  const entries = plan.nodes.map(async ({ id }) => [id, (await standings.get(id))?.state ?? ALWAYS] as const)
  return new Map(await Promise.all(entries))
}

const ALWAYS: NodeState = { state: 'always' }

interface Standing {
  readonly state: NodeState
  /** Of a reused node. */
  readonly output?: Json
}

interface Lookup extends StatesOptions {
  readonly standings: ReadonlyMap<string, Promise<Standing>>
}

async function standingOf(node: PlanNode, lookup: Lookup): Promise<Standing> {
  const bindings = bindingsOf(node)
  if (bindings === undefined) return { state: ALWAYS }
  const outputs = new Map<string, Json>()
  const nodes: string[] = []
  for (const id of new Set(bindings.flatMap(nodesIn))) {
    const output = (await lookup.standings.get(id))?.output
    if (output === undefined) nodes.push(id)
    else outputs.set(id, output)
  }
  const parameters = [...new Set(bindings.flatMap(parametersIn))].filter((name) => !(name in lookup.parameters))
  if (nodes.length + parameters.length > 0) return { state: { state: 'unknown', nodes, parameters } }
  return lookUp(node, { node: node.id, parameters: lookup.parameters, outputs }, lookup.results)
}

async function lookUp(node: PlanNode, scope: Scope, results: Results): Promise<Standing> {
  try {
    const keys = keysOf(node, scope)
    if (keys === undefined) return { state: ALWAYS }
    const found = await results.find(keys.key)
    if (found !== undefined) return { state: { state: 'reused', key: keys.key }, output: await results.output(found) }
    if (keys.items === undefined) return { state: { state: 'runs', key: keys.key } }
    const items = await Promise.all(keys.items.map((key) => results.find(key)))
    const reused = items.filter((item) => item !== undefined).length
    return { state: { state: 'runs', key: keys.key, items: { reused, total: items.length } } }
  } catch (error) {
    if (error instanceof ActivityError) return { state: { state: 'fails', message: error.message } }
    throw error
  }
}

function keysOf(
  node: PlanNode,
  scope: Scope,
): { readonly key: Digest; readonly items?: readonly Digest[] } | undefined {
  if (node.kind === 'task' || node.kind === 'python') {
    return { key: stepKey(node.spec, resolveBinding(node.spec.input, scope)) }
  }
  if (node.kind === 'best') return { key: bestKey(node.spec, resolveBinding(node.spec.candidates, scope)) }
  if (node.kind !== 'each') return undefined
  const items = elementKeys(node, scope)
  return { key: eachKey(items), items }
}

function elementKeys({ spec }: EachNode, scope: Scope): readonly Digest[] {
  const list = resolveBinding(spec.over, scope)
  if (!Array.isArray(list)) {
    const message = `node "${scope.node}": expected a list to go over, got ${list === null ? 'null' : typeof list}`
    throw new ActivityError('input-not-a-list', { message, retry: false })
  }
  return list.map((item: Json) => stepKey(spec.step, resolveBinding(spec.step.input, { ...scope, item })))
}

/** Undefined for the kinds that have no result to look up. */
function bindingsOf(node: PlanNode): readonly Binding[] | undefined {
  if (node.kind === 'task' || node.kind === 'python') return [node.spec.input]
  if (node.kind === 'best') return [node.spec.candidates]
  return node.kind === 'each' ? [node.spec.over, node.spec.step.input] : undefined
}

function parametersIn(binding: Binding): readonly string[] {
  switch (binding.from) {
    case 'parameter':
      return [binding.name]
    case 'list':
      return binding.items.flatMap(parametersIn)
    case 'object':
      return Object.values(binding.fields).flatMap(parametersIn)
    case 'literal':
    case 'output':
    case 'item':
    case 'file':
      return []
  }
}
