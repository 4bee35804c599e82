import { eventsSql } from './events-sql.ts'
import { micros } from './history-sql.ts'
import type { LatestNode } from './past-nodes.ts'
import type { FamilyInput } from './past-tables.ts'
import { PART, ROW } from './source-view.ts'

/** The newest row of the entity before `t`; of equally new ones the last by part and place; then it must be new enough. */
export function latestSql(
  nodes: readonly LatestNode[],
  { asked, input }: { readonly asked: string; readonly input: FamilyInput },
): string {
  const columns = [...new Set(nodes.map(({ column }) => input.source.column(column).sql))]
  const events = eventsSql(input, {
    relation: input.source.view,
    columns: [`r.${PART}`, `r.${ROW}`, ...columns.map((column) => `r.${column}`)],
  })
  const values = nodes.map(({ column, withinMillis }, index) => {
    const { sql } = input.source.column(column)
    return `CASE WHEN e.known >= a.t - ${micros(withinMillis)} THEN e.${sql} END AS v${index}`
  })
  return `SELECT a.id, a.t, ${values.join(', ')} FROM ${asked} a ASOF JOIN (
    SELECT * FROM ${events} QUALIFY row_number() OVER (PARTITION BY id, known ORDER BY ${PART} DESC, ${ROW} DESC) = 1
  ) e ON a.id = e.id AND a.t > e.known`
}
