import { canonicalJson } from '../dsl/digest.ts'
import type { Binding, Json, Plan, PlanNode } from '../dsl/plan.ts'

/** One value of a node's spec. */
export interface Leaf {
  /** Empty where nobody could read it. */
  readonly shown: string
  /** What tells two leaves apart that are shown alike. */
  readonly identity: string
}

/** All that shapes a node's result but its code, by its path in the spec. */
export function leavesOf(node: PlanNode, plan: Plan): ReadonlyMap<string, Leaf> {
  const leaves = (at: string, binding: Binding): readonly NamedLeaf[] => bindingLeaves(at, binding, plan)
  if (node.kind === 'task' || node.kind === 'python') return new Map(leaves('input', node.spec.input))
  if (node.kind === 'best') return new Map(leaves('candidates', node.spec.candidates))
  if (node.kind === 'each')
    return new Map([...leaves('list', node.spec.over), ...leaves('input', node.spec.step.input)])
  return new Map(
    [...specFields(node), ...contractOf(node, plan)].flatMap(([at, field]) => fieldLeaves(at, field, plan)),
  )
}

/** A trainer's code is told of in words. */
function specFields({ kind, spec }: PlanNode): readonly (readonly [string, Json])[] {
  // A spec is JSON: `digestOf` has named it.
  const fields = Object.entries(spec as unknown as Readonly<Record<string, Json>>)
  return kind === 'train' ? fields.filter(([name]) => name !== 'code') : fields
}

/** Columns as the contract describes them: reports and messages hang on units and PII, too. */
function contractOf(node: PlanNode, { operation }: Plan): readonly (readonly [string, Json])[] {
  if (node.kind !== 'ingest' && node.kind !== 'validate') return []
  const contract = operation.contracts.find(({ name }) => name === node.spec.source)
  return contract === undefined ? [] : [['contract', contract.columns as unknown as Json]]
}

function fieldLeaves(at: string, field: Json, plan: Plan): readonly NamedLeaf[] {
  if (UNREADABLE.has(at)) return [unreadable(at, field)]
  return isBinding(field) ? bindingLeaves(at, field as unknown as Binding, plan) : literalLeaves(at, field)
}

/** By where it comes from; a contract's `from` is a name. */
function isBinding(field: Json): boolean {
  return typeof field === 'object' && field !== null && 'from' in field
}

type NamedLeaf = readonly [path: string, leaf: Leaf]

function bindingLeaves(at: string, binding: Binding, plan: Plan): readonly NamedLeaf[] {
  switch (binding.from) {
    case 'object':
      return Object.entries(binding.fields).flatMap(([name, field]) => bindingLeaves(`${at}.${name}`, field, plan))
    case 'list':
      return binding.items.flatMap((item, index) => bindingLeaves(`${at}.${index}`, item, plan))
    case 'literal':
      return literalLeaves(at, binding.value)
    case 'output':
      return [leaf(at, [`"${binding.node}"`, ...binding.path].join('.'))]
    case 'item':
      return [leaf(at, ['item', ...binding.path].join('.'))]
    case 'file':
      return [leaf(at, `file "${binding.name}"`, binding.digest)]
    case 'parameter': {
      const fallback = JSON.stringify(plan.parameters[binding.name]?.default)
      const shown = [`parameter "${binding.name}"`, ...binding.path].join('.')
      return [leaf(at, fallback === undefined ? shown : `${shown} (default ${cut(fallback)})`, fallback)]
    }
  }
}

function literalLeaves(at: string, value: Json): readonly NamedLeaf[] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    const text = JSON.stringify(value)
    return [leaf(at, cut(text), text)]
  }
  if (Array.isArray(value)) return itemLeaves(at, value as readonly Json[])
  return Object.entries(value).flatMap(([name, field]: [string, Json]) =>
    UNREADABLE.has(name) ? [unreadable(`${at}.${name}`, field)] : literalLeaves(`${at}.${name}`, field),
  )
}

/** Trees that say nothing to a reader in pieces. */
const UNREADABLE: ReadonlySet<string> = new Set(['expression', 'schema'])

function unreadable(at: string, value: Json): NamedLeaf {
  // A plan that was read has its keys in another order than one that was just made.
  return leaf(at, '', canonicalJson(value))
}

/** Columns, features and metrics go by their names, so that one more is not a change of all that follow it. */
function itemLeaves(at: string, items: readonly Json[]): readonly NamedLeaf[] {
  return items.flatMap((item, index) => {
    const name = nameOf(item)
    const path = `${at}.${name ?? index}`
    return name === undefined ? literalLeaves(path, item) : [leaf(path, ''), ...literalLeaves(path, item)]
  })
}

function nameOf(item: Json): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined
  const { name, metric, column } = item as { readonly [key: string]: Json }
  return [name, metric, column].find((one) => typeof one === 'string')
}

function leaf(at: string, shown: string, more = ''): NamedLeaf {
  return [at, { shown, identity: `${shown} ${more}` }]
}

const SHOWN_CHARACTERS = 32

function cut(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 1)}…` : text
}
