import type { Plan } from '../../dsl/plan.ts'
import { isRegulated } from '../../dsl/regulated.ts'
import { CliError } from '../errors.ts'

/** A run that somebody has to approve is ordered by somebody who signs for it. Throws `order-unsigned`. */
export function requireOrderer(plan: Plan, as: string | undefined): void {
  if (as !== undefined || !isRegulated(plan)) return
  throw new CliError('order-unsigned', {
    message: `pipeline "${plan.pipeline}" asks for an approval, so its run has to be ordered by an enrolled person`,
    expected: 'an order that is signed',
    got: 'none',
    remedy: 'run it with --as PERSON; who is enrolled is told by `anneal approver list`',
  })
}
