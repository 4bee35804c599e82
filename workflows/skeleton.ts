import type { NodeKind } from '../dsl/plan.ts'
import type { Skeleton, SkeletonPolicy } from '../dsl/skeleton.ts'

/** A node as the interpreter walks it: indexes resolved. */
export interface RunNode {
  readonly id: string
  readonly kind: NodeKind
  readonly needs: readonly string[]
  readonly policy: SkeletonPolicy
  /** What an `each` node runs on every element. */
  readonly step: 'task' | 'python'
}

export function nodesOf({ nodes, policies }: Skeleton): readonly RunNode[] {
  return nodes.map(({ id, kind, needs = [], policy = 0, step }): RunNode => ({
    id,
    kind: kind ?? 'task',
    step: step ?? 'task',
    needs: needs.map((index) => at(nodes, index).id),
    policy: at(policies, policy),
  }))
}

export function resultsOf({ nodes, results }: Skeleton): readonly string[] {
  return results.map((index) => at(nodes, index).id)
}

/** An index out of range is a defect of the compiler: the plain error stops the task rather than failing the run. */
function at<T>(list: readonly T[], index: number): T {
  const element = list[index]
  if (element === undefined) throw new Error(`skeleton: expected an index below ${list.length}, got ${index}`)
  return element
}
