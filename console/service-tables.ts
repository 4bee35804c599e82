import { count, html, type Html } from '../data/html.ts'
import type { WindowCheck, WindowRecord } from '../store/monitors.ts'
import { boundWords, checkFigure, checkKey, figure, shortName } from './check-words.ts'
import { table, type Column } from './page-frame.ts'
import type { ServiceEvent } from './service-events.ts'
import { p99Of } from './service-facts.ts'
import { momentLabel } from './time-axis.ts'

/** Of windows and of events in a table; what is older is in the store. */
export const MOST_ROWS = 60

const WINDOW_COLUMNS: readonly Column[] = [
  { title: 'window to' },
  { title: 'requests', isNumber: true },
  { title: 'failed', isNumber: true },
  { title: 'refused', isNumber: true },
  { title: 'p99, ms', isNumber: true },
  { title: 'stable' },
  { title: 'outcomes', isNumber: true },
  { title: 'budget spent', isNumber: true },
  { title: 'breaches' },
]

/** The newest first. */
export function windowsTable(windows: readonly WindowRecord[]): Html {
  return table(WINDOW_COLUMNS, windows.slice(-MOST_ROWS).toReversed().map(windowCells))
}

function windowCells(window: WindowRecord): readonly (Html | string)[] {
  const { end, counts, model, labelled, budgetSpent, checks } = window
  const p99 = p99Of(counts)
  const broken = checks.filter(({ state }) => state === 'breach').map(breach)
  return [
    momentLabel(Date.parse(end)),
    count(counts.answered + counts.failed),
    wrong(counts.failed),
    count(counts.refused),
    p99 === null ? '' : figure(p99),
    html`<span class="whole">${model ?? 'none'}</span>`,
    labelled === null ? '' : count(labelled.rows),
    budgetSpent === null ? '' : `${figure(100 * budgetSpent)} %`,
    html`<div class="broken">${broken}</div>`,
  ]
}

function breach(check: WindowCheck): Html {
  const words = `${shortName(check)} ${checkFigure(check.kind, check.value)}${check.alert ? ', alert' : ''}`
  return html`<span class="whole ${check.alert ? 'bad' : 'warn'}">${words}</span>`
}

function wrong(failed: number): Html | string {
  return failed === 0 ? '0' : html`<span class="bad">${count(failed)}</span>`
}

/** What the plots of these checks show, for those who read rather than look. The newest first. */
export function checksTable(windows: readonly WindowRecord[], checks: readonly WindowCheck[]): Html {
  const columns = checks.map((check) => ({
    title: `${shortName(check)}, ${boundWords(check, check.bound)}`,
    isNumber: true,
  }))
  const rows = windows
    .slice(-MOST_ROWS)
    .toReversed()
    .map(({ end, checks: found }) => {
      const byKey = new Map(found.map((check) => [checkKey(check), check]))
      const cells = checks.map((check) => valueCell(byKey.get(checkKey(check))))
      const row: readonly (Html | string)[] = [momentLabel(Date.parse(end))]
      return row.concat(cells)
    })
  return html`<details>
    <summary>as a table</summary>
    ${table([{ title: 'window to' }, ...columns], rows)}
  </details>`
}

function valueCell(check: WindowCheck | undefined): Html | string {
  if (check === undefined) return ''
  if (check.value === null) return 'wait'
  const value = checkFigure(check.kind, check.value)
  return check.state === 'breach' ? html`<span class="bad">${value} ${check.alert ? 'alert' : 'breach'}</span>` : value
}

const EVENT_COLUMNS: readonly Column[] = [
  { title: 'event time' },
  { title: 'what' },
  { title: 'why, and what came of it' },
  { title: 'by' },
  { title: 'wall time' },
]

/** The newest first. */
export function eventsTable(events: readonly ServiceEvent[]): Html {
  const rows = events
    .slice(-MOST_ROWS)
    .toReversed()
    .map(({ eventMillis, at, title, detail, by, tone }) => [
      momentLabel(Math.floor(eventMillis / 60_000) * 60_000),
      tone === 'bad' ? html`<span class="bad">${title}</span>` : title,
      detail,
      by,
      at.slice(0, 19).replace('T', ' '),
    ])
  return html`<div class="events">${table(EVENT_COLUMNS, rows)}</div>`
}
