import { nodesIn } from '../activities/resolve-binding.ts'
import type { Binding, PlanNode } from '../dsl/plan.ts'

/** Steps name what they read; the lifecycle's nodes read what they need. */
export function neededBy(node: PlanNode, bindings: readonly Binding[]): ReadonlySet<string> {
  const isStep = ['task', 'python', 'each', 'best'].includes(node.kind)
  return new Set([...(isStep ? [] : node.needs), ...bindings.flatMap(nodesIn)])
}

/** What parameters and outputs a node names in its spec. Undefined for the kinds that have no result to look up. */
export function bindingsOf(node: PlanNode): readonly Binding[] | undefined {
  switch (node.kind) {
    case 'task':
    case 'python':
      return [node.spec.input]
    case 'best':
      return [node.spec.candidates]
    case 'each':
      return [node.spec.over, node.spec.step.input]
    case 'source':
      return [node.spec.at]
    case 'ingest':
    case 'features':
      return node.spec.asOf === null ? [] : [node.spec.asOf]
    case 'register':
    case 'materialize':
      return [node.spec.candidate]
    case 'validate':
    case 'train':
    case 'incumbent':
    case 'evaluate':
      return []
    case 'approve':
    case 'canary':
    case 'direct':
    case 'monitor':
      return undefined
  }
}

/** The names of the parameters that a binding reads. */
export function parametersIn(binding: Binding): readonly string[] {
  switch (binding.from) {
    case 'parameter':
      return [binding.name]
    case 'list':
      return binding.items.flatMap(parametersIn)
    case 'object':
      return Object.values(binding.fields).flatMap(parametersIn)
    case 'literal':
    case 'output':
    case 'item':
    case 'file':
      return []
  }
}
