import { codeOf } from '../graph.ts'
import type { Rule } from './issue.ts'

/** Code is bundled and packed under its name. */
export const duplicateUnits: Rule = (_, graph) => {
  const units = new Set(graph.flatMap(({ declaration }) => codeOf(declaration)?.unit ?? []))
  const seen = new Set<string>()
  return [...units].flatMap(({ kind, name }) => {
    const message = 'expected one definition of this name, got another one'
    const issue = { rule: 'duplicate-unit', place: `${kind} "${name}"`, message, remedy: 'rename one of them' }
    return seen.has(name) ? [issue] : (seen.add(name), [])
  })
}
