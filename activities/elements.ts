import type { Digest, EachNode, Json } from '../dsl/plan.ts'
import { isList } from './children/replace-files.ts'
import type { Engine } from './engine.ts'
import { ActivityError } from './errors.ts'
import { latest } from './latest.ts'
import { nodeAt, type Sources } from './node-scope.ts'
import type { NodeRequest } from './requests.ts'
import { resolveBinding, type Scope } from './resolve-binding.ts'
import { stepKey } from './result-key.ts'

/** What an `each` node goes over. Elements are counted from 0. */
export interface Elements {
  /** What the step gets of an element. */
  input(item: number): Json
  /** Names the step's result on an element. */
  key(item: number): Digest
  /** Of all elements, in order. */
  keys(): readonly Digest[]
}

export interface EachAt {
  readonly pipeline: string
  readonly node: EachNode
  readonly elements: Elements
}

/** Throws `input-not-a-list`, `input-missing`. */
export function elementsOf({ id, spec: { over, step } }: EachNode, scope: Scope): Elements {
  const list = resolveBinding(over, scope)
  if (!isList(list)) throw notAList(id, list)
  const known: Digest[] = []
  const input = (item: number): Json => resolveBinding(step.input, { ...scope, item: list[item] ?? null })
  const key = (item: number): Digest => (known[item] ??= stepKey(step, input(item)))
  return { input, key, keys: () => list.map((_, item) => key(item)) }
}

/** A list may be large, and every one of its elements is another activity's. */
const KEPT = 16

/** Looks up an `each` node with its list, read once for all elements that this worker works on. */
export function eachLoader(engine: Sources): Engine['each'] {
  const kept = latest<EachAt>(KEPT)
  return (request) => kept(JSON.stringify([request.order, request.node, request.inputs]), () => load(engine, request))
}

async function load(engine: Sources, request: NodeRequest): Promise<EachAt> {
  const { pipeline, node, scope } = await nodeAt(engine, request, 'each')
  return { pipeline, node, elements: elementsOf(node, scope) }
}

function notAList(id: string, got: Json): ActivityError {
  return new ActivityError('input-not-a-list', {
    message: `node "${id}": expected a list to go over, got ${got === null ? 'null' : typeof got}; let \`each\` refer to a list`,
    retry: false,
  })
}
