import type { AnyNode } from 'acorn'

/** A replacement in a text; at `start === end` an insertion. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The node and all below it, in the order of the text. */
export function* nodesUnder(node: AnyNode): Generator<AnyNode> {
  yield node
  for (const child of childrenOf(node)) yield* nodesUnder(child)
}

export function childrenOf(node: AnyNode): readonly AnyNode[] {
  return Object.values(node).flatMap((value: unknown) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  )
}

/** What an identifier or a literal says. */
export function nameOf(node: AnyNode): string | undefined {
  if (node.type === 'Identifier') return node.name
  return node.type === 'Literal' ? String(node.value) : undefined
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value && 'end' in value
}
