import type { Plan } from '../../dsl/plan.ts'
import { FeaturesError } from '../../features/errors.ts'
import { requireExactSums } from '../../features/exact-scale.ts'
import { CliError } from '../errors.ts'

/** Sums that would depend on the order of their rows show in the plan already. Throws `check-failed`. */
export function refuseInexactSums({ nodes, operation }: Plan, where: string): void {
  for (const node of nodes) {
    if (node.kind !== 'features') continue
    try {
      requireExactSums(node.spec.features, operation.contracts)
    } catch (error) {
      if (!(error instanceof FeaturesError)) throw error
      const message = `features "${node.spec.set}": ${error.message}`
      throw new CliError('check-failed', { message, where, remedy: 'give the column its decimals', cause: error })
    }
  }
}
