import type { MoveReport } from './move-report.ts'

/** A line for each kind of difference, and one for each node that changes. */
export function moveText(report: MoveReport): string {
  const { run, from, to, kept, unchanged, changed, added, removed, parameters } = report
  const rows = [
    ['kept', list(kept)],
    ['unchanged', list(unchanged)],
    ...changed.map(({ id, reasons, policy }) => ['changed', `${id}: ${[...reasons, ...policy].join('; ')}`]),
    ['new', list(added)],
    ['removed', list(removed)],
    ...parameters.map((one) => ['parameter', `${one.name}: ${JSON.stringify(one.from)} → ${JSON.stringify(one.to)}`]),
  ]
  const lines = rows.flatMap(([title = '', text = '']) => (text === '' ? [] : [`  ${title.padEnd(9)}  ${text}`]))
  return [`${run}  plan ${from.slice(0, 12)} → ${to.slice(0, 12)}`, ...lines].join('\n')
}

const MOST_NAMED = 20

function list(ids: readonly string[]): string {
  const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : ''
  return `${ids.slice(0, MOST_NAMED).join(', ')}${more}`
}
