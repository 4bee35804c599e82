import { eventsSql, type EventCells } from './events-sql.ts'
import { micros } from './history-sql.ts'
import type { HistoryNode } from './past-nodes.ts'
import type { FamilyInput } from './past-tables.ts'

/** An extreme cannot be subtracted: a frame over past and asked rows together, in whole microseconds so that `t` is outside. */
export function extremeSql(
  node: HistoryNode,
  { cells, asked, input }: { readonly cells: EventCells; readonly asked: string; readonly input: FamilyInput },
): string {
  const { op } = node.aggregate
  const value = cells.measures.get(node)?.value?.sql ?? 'NULL'
  const events = eventsSql(input, { relation: cells.relation, columns: [`${value} AS v`] })
  return `SELECT id, t, v AS v0 FROM (
    SELECT id, t, asks, ${op}(v) OVER (PARTITION BY id ORDER BY t RANGE BETWEEN ${micros(node.withinMillis)} PRECEDING AND 1 PRECEDING) AS v
    FROM (SELECT id, known AS t, false AS asks, ${op}(v) AS v FROM ${events} GROUP BY id, known
      UNION ALL SELECT id, t, true, NULL FROM ${asked})) WHERE asks`
}
