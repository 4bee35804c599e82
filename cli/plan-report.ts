import type { Digest, Json, NodeKind, Plan, Queue } from '../dsl/plan.ts'
import type { OpenStore } from '../store/open-store.ts'
import type { TrustedKeys } from '../store/signing/dsse.ts'
import { registry } from '../store/registry.ts'
import { readAppliedPlan } from '../store/applied-plans.ts'
import { planChanges, removedNodes, type NodeChange } from './plan-changes.ts'
import { nodeStates, type NodeState } from './plan-states.ts'

/** What `anneal plan` says; with `--json` as it is. */
export interface PlanReport {
  readonly pipeline: string
  readonly plan: Digest
  /** The plan of the last run, which this one is compared with; null before the first. */
  readonly applied: { readonly plan: Digest; readonly appliedAt: string } | null
  readonly nodes: readonly ReportedNode[]
  /** Ids of nodes of the applied plan that are gone. */
  readonly removed: readonly string[]
}

export type ReportedNode = NodeState &
  NodeChange & {
    readonly id: string
    readonly kind: NodeKind
    readonly needs: readonly string[]
    readonly queue: Queue
  }

export interface ReportInput {
  readonly plan: Plan
  readonly planDigest: Digest
  readonly store: OpenStore
  /** Where the globs of sources start. */
  readonly projectFolder: string
  /** Whose signatures on a service's state count. */
  readonly trustedKeys: () => Promise<TrustedKeys>
  /** Values of the parameters that are known. */
  readonly parameters: Readonly<Record<string, Json>>
}

/** Compares a plan with what is in the store. Reads only. */
export async function planReport(input: ReportInput): Promise<PlanReport> {
  const { plan, planDigest, store, projectFolder, trustedKeys, parameters } = input
  const models = registry(store.objects, store.artifacts)
  const [applied, states] = await Promise.all([
    readAppliedPlan(store, plan.pipeline),
    nodeStates(plan, {
      results: store.results,
      objects: store.objects,
      registry: models,
      trustedKeys,
      projectFolder,
      parameters,
    }),
  ])
  const changes = planChanges(applied?.plan, plan)
  return {
    pipeline: plan.pipeline,
    plan: planDigest,
    applied: applied ? { plan: applied.planDigest, appliedAt: applied.appliedAt } : null,
    nodes: plan.nodes.map(({ id, kind, needs, policy }) => ({
      id,
      kind,
      needs,
      queue: policy.queue,
      ...(states.get(id) ?? { state: 'always' }),
      ...(changes.get(id) ?? { reasons: [], policy: [] }),
    })),
    removed: removedNodes(applied?.plan, plan),
  }
}
