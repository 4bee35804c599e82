import type { Rule } from './issue.ts'

/** Results and references go by id. */
export const duplicateSteps: Rule = (_, graph) => {
  const counts = new Map<string, number>()
  for (const { id } of graph) counts.set(id, (counts.get(id) ?? 0) + 1)
  return [...counts].flatMap(([id, count]) => {
    if (count === 1) return []
    const message = `expected one step of this id, got ${count}`
    return [{ rule: 'duplicate-step', place: `step "${id}"`, message, remedy: 'give each its own { id }' }]
  })
}
