import type { Rule } from './issue.ts'

/** A pipeline of nothing would end at once and look like a success. */
export const noSteps: Rule = ({ name, steps, lifecycle }) => {
  if (steps.length > 0 || lifecycle !== undefined) return []
  const message = 'expected at least one step, got none'
  return [{ rule: 'no-steps', place: `pipeline "${name}"`, message, remedy: 'list the steps whose outputs you want' }]
}
