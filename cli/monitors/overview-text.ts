import { checkName } from '../../console/check-words.ts'
import { serviceFacts, stateWords } from '../../console/service-facts.ts'
import type { ServiceRecords } from '../../console/service-records.ts'
import { fit, layout, type Cell } from './layout.ts'
import { STATE_STYLES } from './state-rows.ts'
import { shortMoment } from './window-rows.ts'

const COLUMNS = [
  { title: 'service' },
  { title: 'state' },
  { title: 'window to' },
  { title: 'answers' },
  { title: 'alerts' },
]

/** A line a service. */
export function overviewText(
  all: readonly ServiceRecords[],
  { colour, width }: { readonly colour: boolean; readonly width: number },
): string {
  if (all.length === 0) return 'no services yet: run a pipeline with `canary`'
  const rows = all.map(cells)
  const taken = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => row[column]?.text.length ?? 0), COLUMNS[column]?.title.length ?? 0),
  )
  const room = Math.max(12, width - taken.reduce((sum, each) => sum + each + 2, 0))
  const fitted = rows.map((row) =>
    row.map((cell, column) => (column === 4 ? { ...cell, text: fit(cell.text, room) } : cell)),
  )
  return layout(fitted, { columns: COLUMNS, colour }).join('\n')
}

function cells(records: ServiceRecords): readonly Cell[] {
  const facts = serviceFacts(records)
  const { last, stable, candidate, state, alerts } = facts
  return [
    { text: records.service, style: 'cyan' },
    { text: stateWords(facts), style: STATE_STYLES[state] },
    { text: last === null ? '' : shortMoment(Date.parse(last.end)) },
    { text: `${stable ?? 'nothing yet'}${candidate === null ? '' : `, canary ${candidate.name}`}` },
    { text: alerts.map(({ check }) => checkName(check)).join(', '), style: 'red' },
  ]
}
