import type { Plan } from './plan.ts'

/** Whether persons have to approve what comes of a plan: its runs are ordered by somebody who signs. */
export function isRegulated({ nodes }: Pick<Plan, 'nodes'>): boolean {
  return nodes.some(({ kind }) => kind === 'approve')
}
