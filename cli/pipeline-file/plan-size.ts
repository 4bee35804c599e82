import type { Plan } from '../../dsl/plan.ts'
import { skeletonOf } from '../../dsl/skeleton.ts'
import { CliError } from '../errors.ts'

const MOST_BYTES = 63 * 1024

/** A run's input is its graph, and an input of Temporal is to stay under 64 KiB: of a thousand nodes with short ids. */
export function refuseTooLarge(plan: Plan, shown: string): void {
  const bytes = Buffer.byteLength(JSON.stringify(skeletonOf(plan)))
  if (bytes <= MOST_BYTES) return
  const got = `${plan.nodes.length} steps, ${Math.ceil(bytes / 1024)} KiB of ids and needs`
  throw new CliError('check-failed', {
    message: `${shown}: expected a graph of at most ${MOST_BYTES / 1024} KiB, got ${got}`,
    where: shown,
    expected: `ids and needs of at most ${MOST_BYTES / 1024} KiB`,
    got,
    remedy:
      'go over a list with each(), which is one step whatever its length, shorten ids, or make two pipelines of it',
  })
}
