import type { Json, Plan, PlanNode } from '../dsl/plan.ts'
import type { Engine } from './engine.ts'
import { ActivityError } from './errors.ts'
import { inputKeys } from './keep.ts'
import type { NodeRequest } from './requests.ts'
import type { Scope } from './resolve-binding.ts'

export interface NodeAt<Node extends PlanNode> {
  readonly pipeline: string
  readonly plan: Plan
  readonly node: Node
  readonly scope: Scope
}

/** What tells a node of a run, and what it needs. */
export type Sources = Pick<Engine, 'order' | 'artifacts' | 'results'>

/** The node that a request names, with all that its bindings may refer to. */
export async function nodeAt<Kind extends PlanNode['kind']>(
  engine: Sources,
  request: NodeRequest,
  ...kinds: readonly Kind[]
): Promise<NodeAt<Extract<PlanNode, { kind: Kind }>>> {
  const { plan, nodes, parameters } = await engine.order(request.order)
  const node = nodes.get(request.node)
  if (node === undefined || !isOfKind(node, kinds)) {
    throw new ActivityError('node-unknown', {
      message: `node "${request.node}" of pipeline "${plan.pipeline}": expected ${kinds.join(' or ')}, got ${node?.kind ?? 'none'}`,
      retry: false,
    })
  }
  const keys = await inputKeys(engine, request)
  const outputs = await Promise.all(
    Object.entries(keys).map(async ([id, key]) => [id, await outputOf(engine, id, key)] as const),
  )
  return { pipeline: plan.pipeline, plan, node, scope: { node: node.id, parameters, outputs: new Map(outputs) } }
}

function isOfKind<Kind extends PlanNode['kind']>(
  node: PlanNode,
  kinds: readonly Kind[],
): node is Extract<PlanNode, { kind: Kind }> {
  return (kinds as readonly string[]).includes(node.kind)
}

/** The output of a node that this one needs. `T`: what that node's kind publishes. Throws `input-missing`. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the shape that the kind of node vouches for
export function outputAs<T>({ node, outputs }: Scope, id: string | undefined): T {
  const output = id === undefined ? undefined : outputs.get(id)
  if (output !== undefined) return output as T
  throw new ActivityError('input-missing', {
    message: `node "${node}": expected the output of node "${id ?? 'none'}", got none`,
    retry: false,
  })
}

/** A published output, verified. Throws `result-missing`. */
export async function outputOf({ results }: Sources, node: string, key: string): Promise<Json> {
  const result = await results.find(key)
  if (result !== undefined) return results.output(result)
  throw new ActivityError('result-missing', {
    message: `result of node "${node}": expected ${key} in the store, got none; run the pipeline again`,
    retry: false,
  })
}
