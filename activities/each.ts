import type { Digest, EachNode, Json, StepSpec } from '../dsl/plan.ts'
import type { Engine } from './engine.ts'
import { ActivityError } from './errors.ts'
import { rangesOf } from './list-ranges.ts'
import { nodeAt, outputOf } from './node-scope.ts'
import { answerOf, publishOnce } from './publish-once.ts'
import type { Expansion, NodeAnswer, NodeRequest } from './requests.ts'
import { resolveBinding, type Scope } from './resolve-binding.ts'
import { eachKey, stepKey } from './result-key.ts'

/**
 * Says what an `each` node has before it. Reads the list and looks up each element's result; writes nothing.
 * Throws `input-not-a-list`, `input-missing`.
 */
export async function expand(engine: Engine, request: NodeRequest): Promise<Expansion> {
  const { node, scope } = await nodeAt(engine, request, 'each')
  const keys = elementKeys(node, scope)
  const published = await engine.results.find(eachKey(keys))
  if (published !== undefined) return { state: 'published', answer: answerOf(published, { reused: true }) }
  const found = await Promise.all(keys.map((key) => engine.results.find(key)))
  return { state: 'open', total: keys.length, pending: rangesOf(found.map((result) => result === undefined)) }
}

/**
 * Publishes the list of an `each` node's outputs once every element has its own.
 * Key: the elements' keys in order. A second call finds what the first one published.
 */
export async function collect(engine: Engine, request: NodeRequest, run: string): Promise<NodeAnswer> {
  const { pipeline, node, scope } = await nodeAt(engine, request, 'each')
  const keys = elementKeys(node, scope)
  const place = { key: eachKey(keys), pipeline, node: node.id, run }
  return publishOnce(engine, place, () =>
    Promise.all(keys.map((key, index) => outputOf(engine, `${node.id} ${index + 1} of ${keys.length}`, key))),
  )
}

/** The step and input of one element. */
export function elementOf(
  node: EachNode,
  scope: Scope,
  item: number,
): { readonly step: StepSpec; readonly input: Json } {
  const { step } = node.spec
  return { step, input: resolveBinding(step.input, { ...scope, item: listOf(node, scope)[item] ?? null }) }
}

/** Names each element's result. */
export function elementKeys(node: EachNode, scope: Scope): readonly Digest[] {
  const { step } = node.spec
  return listOf(node, scope).map((item) => stepKey(step, resolveBinding(step.input, { ...scope, item })))
}

function listOf(node: EachNode, scope: Scope): readonly Json[] {
  const list = resolveBinding(node.spec.over, scope)
  if (isList(list)) return list
  throw new ActivityError('input-not-a-list', {
    message: `node "${node.id}": expected a list to go over, got ${list === null ? 'null' : typeof list}; let \`each\` refer to a list`,
    retry: false,
  })
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
