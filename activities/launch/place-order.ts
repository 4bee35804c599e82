import { isRegulated } from '../../dsl/regulated.ts'
import { skeletonOf } from '../../dsl/skeleton.ts'
import { readAppliedPlan, type AppliedPlan } from '../../store/applied-plans.ts'
import type { Engine } from '../engine.ts'
import { storeOrder } from '../store-order.ts'
import { launchParameters, type Parameters } from './launch-parameters.ts'
import type { LaunchRequest, Placed } from './requests.ts'

/**
 * Orders a run of the plan applied last, for a schedule or a trigger; what cannot be ordered is a value.
 * Reads the chain `pipelines/<pipeline>/`; writes the order, an artifact. Done again after a crash it may order a plan
 * that was applied meanwhile: which order counts is settled by the run's id, of which there is one. No heartbeat: it is
 * a local activity. Throws `signing-key-…` where the plan asks for an approval, StoreError's codes.
 */
export async function placeOrder(engine: Engine, request: LaunchRequest): Promise<Placed> {
  const { pipeline, at, trigger } = request
  const applied = await readAppliedPlan(engine, pipeline)
  if (applied === undefined) {
    const message = `pipeline "${pipeline}": expected a plan that was applied, got none`
    return { state: 'refused', reason: 'not-applied', message }
  }
  const { plan, planDigest } = applied
  const filled = launchParameters(plan, { at, trigger })
  if ('reason' in filled) return { state: 'refused', ...filled }
  const cause = trigger === null ? at : `${trigger.name}-${trigger.id}`
  const run = `run:${pipeline}:${cause}`
  const requestedBy = `${trigger === null ? 'schedule' : 'trigger'}:${pipeline}`
  // A run that persons have to approve says who ordered it: the installation, by name of the schedule or the triggers.
  const orderer = isRegulated(plan) && { person: requestedBy, signer: await engine.signer(), at }
  const { parameters } = filled
  const draft = { run, planDigest, parameters, requestedBy, ...(orderer && { orderer }) }
  const order = await storeOrder(engine.artifacts, draft)
  const details = detailsOf({ applied, parameters, requestedBy })
  return { state: 'placed', run, order, skeleton: skeletonOf(plan), details }
}

interface Ordering {
  readonly applied: AppliedPlan
  readonly parameters: Parameters
  readonly requestedBy: string
}

function detailsOf({ applied: { plan, planDigest }, parameters, requestedBy }: Ordering): string {
  const lines = [
    plan.description,
    `- plan \`${planDigest.slice(0, 12)}\`, ${plan.nodes.length} nodes, ${plan.environment}`,
    ...Object.entries(parameters).map(([name, value]) => `- ${name} = \`${JSON.stringify(value).slice(0, 200)}\``),
    `- asked for by ${requestedBy}`,
  ]
  return lines.filter((line) => line !== '').join('\n')
}
