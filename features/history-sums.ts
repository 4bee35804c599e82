import type { EventCells } from './events-sql.ts'
import type { HistoryNode } from './past-nodes.ts'
import type { Additive, Totals } from './summary.ts'

/** The columns of totals that one expression needs. */
export interface Sum {
  readonly key: string
  readonly name: string
  /** Columns of the events that it needs. */
  readonly reads: readonly string[]
  readonly values: Partial<Record<keyof Totals, string>>
}

/** One for all windows and summaries of the same expression. */
export function sumsOf(nodes: readonly HistoryNode[], { measures }: EventCells): readonly Sum[] {
  const sums = new Map<string, Sum>()
  for (const node of nodes) {
    const measure = measures.get(node)
    if (measure === undefined) continue
    const key = sumKey(node, measure.key)
    const known = sums.get(key)
    const name = known?.name ?? `s${sums.size}`
    const sql = measure.value?.sql
    const reads = sql === undefined ? [] : [`CASE WHEN NOT r.fault THEN ${sql} END AS ${name}`]
    sums.set(key, { key, name, reads, values: { ...known?.values, ...valuesOf(node.aggregate.op as Additive, name) } })
  }
  return [...sums.values()]
}

/** A share counts a condition, the others units; of one expression both may be asked in principle. */
export function sumKey({ aggregate: { op } }: HistoryNode, key: string): string {
  return `${op === 'count' || op === 'share' ? op : 'units'} ${key}`
}

function valuesOf(op: Additive, name: string): Partial<Record<keyof Totals, string>> {
  const sum = `coalesce(sum(${name}), 0)`
  switch (op) {
    case 'count':
      return { rows: 'count(*)' }
    case 'share':
      return { rows: `count(${name})`, held: `count_if(${name})` }
    case 'sum':
    case 'mean':
      return { rows: `count(${name})`, sum }
    case 'stddev':
      return { rows: `count(${name})`, sum, squares: `coalesce(sum(${name} * ${name}), 0)` }
  }
}
