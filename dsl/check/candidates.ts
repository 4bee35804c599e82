import type { Rule } from './issue.ts'

/** Of one there is nothing to choose. A list made by a step is counted when it runs. */
export const candidates: Rule = (_, graph) =>
  graph.flatMap(({ id, declaration }) => {
    if (declaration.kind !== 'best' || declaration.count === undefined || declaration.count >= 2) return []
    const message = `expected at least two candidates, got ${declaration.count}`
    return [{ rule: 'candidates', place: `step "${id}"`, message, remedy: 'use the step itself' }]
  })
