import type { Binding, LifecycleNode, NodePolicy } from '../plan.ts'
import { readsPast } from '../past.ts'
import { policyOf } from '../step-policy.ts'
import { shareOf } from '../units.ts'
import type { Approval } from './approval.ts'
import type { Canary } from './canary.ts'
import type { AnyModel } from '../model.ts'
import { modelsOf, type Lifecycle } from './lifecycle.ts'
import { limitsOf, millis } from './model-nodes.ts'
import type { Monitor } from './monitor.ts'
import { monitorSpec } from './monitor-spec.ts'
import type { ApproveSpec, CanarySpec } from './release-nodes.ts'
import { stagePolicy } from './stage-policy.ts'

/** Register, then write what gateways look up, sign where somebody has to, move traffic, keep watch. Each waits for all before it. */
export function releaseNodes(lifecycle: Lifecycle, service: string, candidate: string): readonly LifecycleNode[] {
  const { approval, canary, monitor } = lifecycle
  const policy = policyOf({})
  const binding: Binding = { from: 'output', node: candidate, path: [] }
  const approve = approval === undefined ? [] : ['approve']
  const materialize = canary !== undefined && looksUp(lifecycle) ? ['materialize'] : []
  return [
    { id: 'register', kind: 'register', needs: [candidate], spec: { candidate: binding, service }, policy },
    ...materialize.map(() => materializeNode(lifecycle, candidate)),
    ...(approval === undefined ? [] : [approveNode(approval, service, policy)]),
    ...(canary === undefined
      ? []
      : [trafficNode(canary, { service, needs: ['register', ...materialize, ...approve], policy })]),
    ...(monitor === undefined ? [] : [monitorNode(lifecycle, monitor, { service, policy })]),
  ]
}

/** Whether a candidate reads the past; one that does not is served without a file. */
function looksUp(lifecycle: Lifecycle): boolean {
  return modelsOf(lifecycle).some(({ features }) => features.features.some(({ expression }) => readsPast(expression)))
}

/** After registration, so that a model whose gates fail costs nothing more. */
function materializeNode(lifecycle: Lifecycle, candidate: string): LifecycleNode {
  const spec = { candidate: { from: 'output', node: candidate, path: [] } } as const
  const policy = stagePolicy('materialize', lifecycle)
  return { id: 'materialize', kind: 'materialize', needs: [candidate, 'register'], spec, policy }
}

interface Release {
  readonly service: string
  readonly policy: NodePolicy
}

function trafficNode(
  canary: Canary<AnyModel> | 'direct',
  { service, needs, policy }: Release & { readonly needs: readonly string[] },
): LifecycleNode {
  return canary === 'direct'
    ? { id: 'direct', kind: 'direct', needs, spec: { service }, policy }
    : { id: 'canary', kind: 'canary', needs, spec: canarySpec(canary, service), policy }
}

function monitorNode(lifecycle: Lifecycle, monitor: Monitor<AnyModel>, { service, policy }: Release): LifecycleNode {
  const needs = [lifecycle.canary === 'direct' ? 'direct' : 'canary']
  return { id: 'monitor', kind: 'monitor', needs, spec: monitorSpec(lifecycle, monitor, service), policy }
}

function approveNode(approval: Approval, service: string, policy: NodePolicy): LifecycleNode {
  return { id: 'approve', kind: 'approve', needs: ['register'], spec: approveSpec(approval, service), policy }
}

function approveSpec(approval: Approval, service: string): ApproveSpec {
  const { roles, quorum, within, commentRequired = false, separation = 'person' } = approval
  return { service, roles, quorum, withinMillis: millis(within), commentRequired, separation }
}

/** Evidence that has not come after four holds is not likely to come. */
const MAX_HOLDS = 4

function canarySpec(canary: Canary<AnyModel>, service: string): CanarySpec {
  const { traffic, hold, maxHold, rollbackOn, whenBusy = 'wait' } = canary
  const { errorRate, p99Millis, quality = {} } = rollbackOn
  return {
    service,
    traffic: traffic.map((percent) => shareOf(percent) ?? Number.NaN),
    holdMillis: millis(hold),
    maxHoldMillis: maxHold === undefined ? MAX_HOLDS * millis(hold) : millis(maxHold),
    errorRate,
    p99Millis,
    quality: limitsOf(quality),
    whenBusy,
  }
}
