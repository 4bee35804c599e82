import type { NodeKind, NodePolicy, Plan, PlanNode } from './plan.ts'

/** What the workflow has to know of a plan: about 24 bytes a node and its id, so that a thousand fit in a run's input. */
export interface Skeleton {
  readonly pipeline: string
  /** Each policy once; nodes name theirs by its index. */
  readonly policies: readonly SkeletonPolicy[]
  /** In the plan's order: a node stands after all that it needs. */
  readonly nodes: readonly SkeletonNode[]
  /** Indexes of the nodes whose outputs are the run's result. */
  readonly results: readonly number[]
}

export interface SkeletonNode {
  readonly id: string
  /** Default: `task`. */
  readonly kind?: Exclude<NodeKind, 'task'>
  /** Indexes of the nodes that must be done first. Default: none. */
  readonly needs?: readonly number[]
  /** Index of its policy. Default: 0. */
  readonly policy?: number
  /** What an `each` node runs on every element, where that is not a task. */
  readonly step?: 'python'
}

export type SkeletonPolicy = Omit<NodePolicy, 'memoryMib'>

/** A run's input is its skeleton, and an input of Temporal is to stay under 64 KiB: of a thousand nodes with short ids. */
export const MOST_SKELETON_BYTES = 63 * 1024

export function skeletonOf(plan: Plan): Skeleton {
  const indexes = new Map(plan.nodes.map(({ id }, index) => [id, index]))
  const toIndexes = (ids: readonly string[]): readonly number[] => ids.flatMap((id) => indexes.get(id) ?? [])
  const policies = new Map<string, { readonly index: number; readonly policy: SkeletonPolicy }>()
  const nodes = plan.nodes.map((node) => {
    const { queue, attempts, backoffMillis, timeoutMillis, heartbeatMillis } = node.policy
    const policy = { queue, attempts, backoffMillis, timeoutMillis, heartbeatMillis }
    const text = JSON.stringify(policy)
    const known = policies.get(text) ?? { index: policies.size, policy }
    policies.set(text, known)
    return {
      id: node.id,
      ...(node.kind !== 'task' && { kind: node.kind }),
      ...(node.needs.length > 0 && { needs: toIndexes(node.needs) }),
      ...(known.index > 0 && { policy: known.index }),
      ...stepOf(node),
    }
  })
  const table = [...policies.values()].map(({ policy }) => policy)
  return { pipeline: plan.pipeline, policies: table, nodes, results: toIndexes(plan.results) }
}

/** Of its JSON: what a run's input takes. */
export function skeletonBytes(plan: Plan): number {
  return new TextEncoder().encode(JSON.stringify(skeletonOf(plan))).length
}

function stepOf(node: PlanNode): Pick<SkeletonNode, 'step'> {
  return node.kind === 'each' && node.spec.step.language === 'python' ? { step: 'python' } : {}
}
