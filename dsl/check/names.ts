import { codeOf } from '../graph.ts'
import { parametersOf } from '../parameter-specs.ts'
import type { Issue, Rule } from './issue.ts'

/** Names become workflow ids, file names and search attributes. */
const NAME = /^[a-z][a-z0-9-]*$/
const PARAMETER = /^[a-z][A-Za-z0-9_-]*$/
const MAX_LENGTH = 63

export const names: Rule = (pipeline, graph) => {
  const units = new Set(graph.flatMap(({ declaration }) => codeOf(declaration)?.unit ?? []))
  const ids = new Set(graph.map(({ id }) => id))
  return [
    ...issueOf(pipeline.name, 'pipeline', NAME),
    ...[...ids].flatMap((id) => issueOf(id, 'step', NAME)),
    ...[...units].flatMap(({ name, kind }) => (ids.has(name) ? [] : issueOf(name, kind, NAME))),
    ...parametersOf(pipeline, graph).flatMap(({ name }) => issueOf(name, 'parameter', PARAMETER)),
  ]
}

function issueOf(name: string, noun: string, pattern: RegExp): readonly Issue[] {
  const place = `${noun} "${name}"`
  if (name.length > MAX_LENGTH) {
    const message = `expected a name of at most ${MAX_LENGTH} characters, got ${name.length}`
    return [{ rule: 'name', place, message, remedy: 'shorten it' }]
  }
  if (pattern.test(name)) return []
  const message = `expected a name like ${pattern.source}, got "${name}"`
  return [{ rule: 'name', place, message, remedy: 'rename it' }]
}
