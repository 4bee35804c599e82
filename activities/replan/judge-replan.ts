import { isRegulated } from '../../dsl/regulated.ts'
import { skeletonOf } from '../../dsl/skeleton.ts'
import { readApprovers } from '../../store/approvers.ts'
import { StoreError } from '../../store/errors.ts'
import { readTally } from '../../store/record-decision.ts'
import { judgeOrder } from '../../store/signed-order.ts'
import type { Engine } from '../engine.ts'
import { ActivityError } from '../errors.ts'
import type { LoadedOrder } from '../order.ts'
import { askedApprovals } from './asked-approvals.ts'
import { moveFaults } from './move-faults.ts'
import type { Judged, JudgeRequest } from './requests.ts'

/** Of a plan that is another one altogether: some of the reasons say it. */
const MOST_REASONS = 40

/**
 * Whether a run may go on by another order: a refusal is a value. The graph that it then walks is made here, of the
 * stored plan. Reads both orders, their plans, the chains of approvers and of the services whose approval is asked for;
 * writes nothing. No heartbeat: it is a local activity. Throws StoreError's codes.
 */
export async function judgeReplan(engine: Engine, request: JudgeRequest, run: string): Promise<Judged> {
  const before = await engine.order(request.order)
  const after = await orderOr(engine, request.next)
  if (typeof after === 'string') return { accepted: false, reasons: [after] }
  const reasons = [
    ...moveFaults({ before, after, started: request.started }),
    ...(await orderFaults(engine, { before, after, run })),
    ...(await decidedFaults(engine, request, run)),
  ]
  if (reasons.length > 0) return { accepted: false, reasons: shortened(reasons) }
  return { accepted: true, plan: after.planDigest, skeleton: skeletonOf(after.plan) }
}

/** The order, or why there is none of this digest that this worker knows. */
async function orderOr(engine: Engine, digest: string): Promise<LoadedOrder | string> {
  try {
    return await engine.order(digest)
  } catch (error) {
    const isMissing = error instanceof StoreError && error.code === 'object-missing'
    if (isMissing || error instanceof ActivityError) return `order ${digest.slice(0, 12)}: ${error.message}`
    throw error
  }
}

/** A run that somebody has to approve is not moved, nor freed of that, by somebody who has not signed for it. */
async function orderFaults(
  engine: Engine,
  { before, after, run }: { readonly before: LoadedOrder; readonly after: LoadedOrder; readonly run: string },
): Promise<readonly string[]> {
  const { planDigest: plan, parameters, clock, signed } = after
  if (!isRegulated(before.plan) && !isRegulated(after.plan)) return []
  if (signed === undefined) return ['order: expected one signed by an enrolled person, got none']
  const keys = await engine.trustedKeys()
  const approvers = await readApprovers(engine.audit, keys)
  const demo = engine.demoKeys
  const judged = judgeOrder({ envelope: signed, plan, parameters, clock, run, approvers, keys, demo })
  return 'person' in judged ? [] : [`order: expected ${judged.expected}, got ${judged.got}`]
}

/** An approval whose decision is written but not yet taken up by the run is neither open nor done. */
async function decidedFaults(engine: Engine, request: JudgeRequest, run: string): Promise<readonly string[]> {
  const keys = await engine.trustedKeys()
  const asked = await askedApprovals(engine, request, run)
  const tallies = await Promise.all(asked.map((one) => readTally(engine.audit, { request: one, keys })))
  return tallies.flatMap(({ outcome }) => {
    if (outcome === 'open' || outcome === 'withdrawn') return []
    return [
      `approval: expected one that is open, or that the run has taken up, got one ${outcome} this moment; try again`,
    ]
  })
}

function shortened(reasons: readonly string[]): readonly string[] {
  const more = reasons.length - MOST_REASONS
  return more > 0 ? [...reasons.slice(0, MOST_REASONS), `and ${more} more`] : reasons
}
