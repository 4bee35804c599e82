import { basename } from 'node:path'
import type { Binding, Json } from '../dsl/plan.ts'
import { ActivityError } from './errors.ts'

/** What a node's bindings may refer to, all of it loaded. */
export interface Scope {
  readonly node: string
  readonly parameters: Readonly<Record<string, Json>>
  /** Outputs of the nodes that this one needs, by node id. */
  readonly outputs: ReadonlyMap<string, Json>
  /** The element at hand, in the steps of an `each` node. */
  readonly item?: Json
}

/** The plain value that a binding stands for. A packed file becomes `{ $file: digest, name }`. */
export function resolveBinding(binding: Binding, scope: Scope): Json {
  switch (binding.from) {
    case 'literal':
      return binding.value
    case 'parameter':
      return follow(scope.parameters[binding.name], binding.path, { scope, root: `parameter "${binding.name}"` })
    case 'output':
      return follow(scope.outputs.get(binding.node), binding.path, { scope, root: `output of "${binding.node}"` })
    case 'item':
      return follow(scope.item, binding.path, { scope, root: 'item' })
    case 'file':
      return { $file: binding.digest, name: basename(binding.name) }
    case 'list':
      return binding.items.map((item) => resolveBinding(item, scope))
    case 'object':
      return Object.fromEntries(
        Object.entries(binding.fields).map(([name, field]) => [name, resolveBinding(field, scope)]),
      )
  }
}

/** The ids of the nodes whose outputs a binding reads. */
export function nodesIn(binding: Binding): readonly string[] {
  switch (binding.from) {
    case 'output':
      return [binding.node]
    case 'list':
      return binding.items.flatMap(nodesIn)
    case 'object':
      return Object.values(binding.fields).flatMap(nodesIn)
    case 'literal':
    case 'parameter':
    case 'item':
    case 'file':
      return []
  }
}

function follow(root: Json | undefined, path: readonly string[], at: { scope: Scope; root: string }): Json {
  let value = root
  for (const step of path) value = isRecord(value) ? value[step] : undefined
  if (value !== undefined) return value
  const place = [at.root, ...path].join('.')
  throw new ActivityError('input-missing', {
    message: `node "${at.scope.node}": expected a value at ${place}, got none; refer to what is always there`,
    retry: false,
  })
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
