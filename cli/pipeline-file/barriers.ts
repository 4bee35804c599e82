import type { AnyNode, Program } from 'acorn'
import { nodesUnder } from './syntax-tree.ts'

/** A construct that reads where its module stands, or loads one that cannot be known: neither works in a bundle. */
export interface Barrier {
  readonly what: 'import.meta' | '__dirname' | '__filename' | 'import()'
  /** Counted from 1 and 0 in the JavaScript given. */
  readonly line: number
  readonly column: number
}

interface Span {
  readonly start: number
  readonly end: number
}

export function findBarriers(program: Program): readonly (Barrier & Span)[] {
  return [...nodesUnder(program)].flatMap((node) => {
    const what = barrierIn(node)
    if (what === undefined) return []
    const end = node.type === 'ImportExpression' ? node.start + 'import'.length : node.end
    const { line, column } = node.loc?.start ?? { line: 1, column: 0 }
    return [{ what, line, column, start: node.start, end }]
  })
}

function barrierIn(node: AnyNode): Barrier['what'] | undefined {
  if (node.type === 'MetaProperty' && node.meta.name === 'import') return 'import.meta'
  if (node.type === 'ImportExpression' && node.source.type !== 'Literal') return 'import()'
  if (node.type === 'Identifier' && (node.name === '__dirname' || node.name === '__filename')) return node.name
  return undefined
}
