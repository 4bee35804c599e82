import { canonicalJson } from '../../dsl/digest.ts'
import type { Digest, Json } from '../../dsl/plan.ts'
import type { Order } from '../../activities/order.ts'
import { hasStarted } from '../../workflows/run-state.ts'
import { planChanges, removedNodes, type NodeChange } from '../plan-changes.ts'
import type { Prepared } from '../pipeline-file/prepare.ts'
import type { MovableRun } from './movable-run.ts'

/** What differs between what a run goes by and what it is moved to; with `--json` as it is. Nodes by id, in the plan's order. */
export interface MoveReport {
  readonly run: string
  readonly from: Digest
  readonly to: Digest
  /** Run or are done, and stay as they are. */
  readonly kept: readonly string[]
  /** Have not started and are as they were, approvals that are asked for anew among them. */
  readonly unchanged: readonly string[]
  readonly changed: readonly (NodeChange & { readonly id: string })[]
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** Parameters whose values differ; null: it has none. */
  readonly parameters: readonly { readonly name: string; readonly from: Json; readonly to: Json }[]
}

export function moveReport(
  { handle, order, plan, nodes }: MovableRun,
  next: Prepared,
  parameters: Order['parameters'],
): MoveReport {
  const changes = planChanges(plan, next.plan)
  const known = new Set(plan.nodes.map(({ id }) => id))
  const started = new Set(nodes.flatMap(({ id, kind, state }) => (hasStarted(kind, state) ? [id] : [])))
  const ids = next.plan.nodes.map(({ id }) => id)
  const changed = ids.flatMap((id) => {
    const change = changes.get(id)
    return change !== undefined && known.has(id) && differs(change) ? [{ id, ...change }] : []
  })
  const same = ids.filter((id) => known.has(id) && !changed.some((one) => one.id === id))
  return {
    run: handle.workflowId,
    from: order.plan,
    to: next.planDigest,
    kept: same.filter((id) => started.has(id)),
    unchanged: same.filter((id) => !started.has(id)),
    changed,
    added: ids.filter((id) => !known.has(id)),
    removed: removedNodes(plan, next.plan),
    parameters: parameterChanges(order.parameters, parameters),
  }
}

function differs({ reasons, policy }: NodeChange): boolean {
  return reasons.length + policy.length > 0
}

function parameterChanges(was: Order['parameters'], is: Order['parameters']): MoveReport['parameters'] {
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((name) => {
    const [from, to] = [was[name] ?? null, is[name] ?? null]
    return canonicalJson(from) === canonicalJson(to) ? [] : [{ name, from, to }]
  })
}
