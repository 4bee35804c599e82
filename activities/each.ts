import type { Engine } from './engine.ts'
import { rangesOf } from './list-ranges.ts'
import { outputOf } from './node-scope.ts'
import { answerOf, publishOnce } from './publish-once.ts'
import type { Expansion, NodeAnswer, NodeRequest } from './requests.ts'
import { eachKey } from './result-key.ts'

/**
 * Says what an `each` node has before it. Reads the list and looks up each element's result; writes nothing.
 * Throws `input-not-a-list`, `input-missing`.
 */
export async function expand(engine: Engine, request: NodeRequest): Promise<Expansion> {
  const { elements } = await engine.each(request)
  const keys = elements.keys()
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
  const { pipeline, node, elements } = await engine.each(request)
  const keys = elements.keys()
  const place = { key: eachKey(keys), pipeline, node: node.id, run }
  return publishOnce(engine, place, () =>
    Promise.all(keys.map((key, index) => outputOf(engine, `${node.id} ${index + 1} of ${keys.length}`, key))),
  )
}
