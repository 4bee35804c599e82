import type { Ast } from '../dsl/ast.ts'
import { canonicalJson } from '../dsl/digest.ts'
import { operationSql } from './operations-sql.ts'
import { literalType, type ValueType } from './read-contract.ts'
import { literalSql } from './sql-literals.ts'

/** A column of a sheet, or a constant: what stands for one node of an expression. */
export interface Cell {
  readonly sql: string
  readonly type: ValueType
  /** In which layer it is computed; 0: it is there already. */
  readonly layer: number
}

/** Where the leaves of an expression come from: columns, and look-ups into the past. */
export type Leaf = Extract<Ast, { op: 'column' | 'latest' | 'history' }>
export type Leaves = (leaf: Leaf) => { readonly sql: string; readonly type: ValueType }

/** Expressions over one relation, one column a node. */
export interface Sheet {
  cell(ast: Ast): Cell
  /** A column of its own for SQL text over cells. */
  add(sql: string, from: { readonly type: ValueType; readonly over: readonly Cell[] }): Cell
  /** The relation with all cells beside its own columns. */
  over(relation: string): string
}

/**
 * Each node becomes a column once, in a layer above its arguments: text stays as long as the expression however often an
 * operator needs its argument, and equal parts are computed once. No operation can fail, so nothing has to be lazy.
 */
export function sheet(leaves: Leaves): Sheet {
  const cells = new Map<string, Cell>()
  const layers: string[][] = []

  function add(sql: string, { type, over }: { readonly type: ValueType; readonly over: readonly Cell[] }): Cell {
    const known = cells.get(sql)
    if (known !== undefined) return known
    const layer = 1 + Math.max(0, ...over.map((below) => below.layer))
    const made = { sql: `x${cells.size}`, type, layer }
    cells.set(sql, made)
    layers[layer - 1] = [...(layers[layer - 1] ?? []), `${sql} AS ${made.sql}`]
    return made
  }

  const nodes = new Map<string, Cell>()
  function cell(ast: Ast): Cell {
    const key = canonicalJson(ast)
    const known = nodes.get(key)
    if (known !== undefined) return known
    const made = make(ast)
    nodes.set(key, made)
    return made
  }

  function make(ast: Ast): Cell {
    if (ast.op === 'literal') return { sql: literalSql(ast), type: literalType(ast), layer: 0 }
    if (ast.op === 'column' || ast.op === 'latest' || ast.op === 'history') return { ...leaves(ast), layer: 0 }
    const over = ast.args.map(cell)
    const { sql, type } = operationSql(ast.op, over)
    return add(sql, { type, over })
  }

  return {
    cell,
    add,
    over: (relation) => layers.reduce((inner, layer) => `(SELECT *, ${layer.join(', ')} FROM ${inner})`, relation),
  }
}
