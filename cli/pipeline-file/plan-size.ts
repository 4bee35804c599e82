import type { Plan } from '../../dsl/plan.ts'
import { MOST_SKELETON_BYTES, skeletonBytes } from '../../dsl/skeleton.ts'
import { CliError } from '../errors.ts'

/** Throws `check-failed`. */
export function refuseTooLarge(plan: Plan, shown: string): void {
  const bytes = skeletonBytes(plan)
  if (bytes <= MOST_SKELETON_BYTES) return
  const got = `${plan.nodes.length} steps, ${Math.ceil(bytes / 1024)} KiB of ids and needs`
  throw new CliError('check-failed', {
    message: `${shown}: expected a graph of at most ${MOST_SKELETON_BYTES / 1024} KiB, got ${got}`,
    where: shown,
    expected: `ids and needs of at most ${MOST_SKELETON_BYTES / 1024} KiB`,
    got,
    remedy:
      'go over a list with each(), which is one step whatever its length, shorten ids, or make two pipelines of it',
  })
}
