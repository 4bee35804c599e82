import type { Rule } from './issue.ts'

/** A step has one id: its own, or the one that the pipeline lists it under. */
export const renamedSteps: Rule = ({ steps }) =>
  steps.flatMap(({ declaration, id }, index) => {
    const earlier = steps.slice(0, index).find((step) => step.declaration === declaration)
    if (earlier !== undefined) {
      const message = 'expected a step once, got it twice'
      return [{ rule: 'renamed-step', place: `step "${id ?? declaration.name}"`, message, remedy: 'list it once' }]
    }
    if (id === undefined || !declaration.named || declaration.name === id) return []
    const message = `expected one id, got "${declaration.name}" where it is made and "${id}" where it is listed`
    return [{ rule: 'renamed-step', place: `step "${id}"`, message, remedy: 'keep one of the two' }]
  })
