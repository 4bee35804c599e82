import { checkFigure, figure, shortName } from '../../console/check-words.ts'
import { p99Of } from '../../console/service-facts.ts'
import type { WindowCheck, WindowRecord } from '../../store/monitors.ts'
import { fit, layout, type Cell, type Column } from './layout.ts'

interface RowsOptions {
  readonly colour: boolean
  readonly width: number
  readonly last: number
}

const COLUMNS: readonly Column[] = [
  { title: 'window to' },
  { title: 'requests', isRight: true },
  { title: 'failed', isRight: true },
  { title: 'refused', isRight: true },
  { title: 'p99 ms', isRight: true },
  { title: 'model' },
  { title: 'broken' },
]
const LONGEST_MODEL = 20
const LEAST_BROKEN = 16

/** A window a line: its step's traffic, the stable version at its end, and the bounds that were broken. The newest last. */
export function windowRows(windows: readonly WindowRecord[], { width, last, colour }: RowsOptions): readonly string[] {
  const shown = windows.slice(-last)
  const rows = shown.map((window) => cellsOf(window))
  const taken = COLUMNS.slice(0, -1).map(({ title }, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.text.length ?? 0)),
  )
  const room = Math.max(LEAST_BROKEN, width - taken.reduce((sum, each) => sum + each + 2, 0))
  const whole = rows.map((row, index) => row.concat(brokenCell(shown[index]?.checks ?? [], room)))
  return layout(whole, { columns: COLUMNS, colour })
}

function cellsOf({ service, end, counts, model }: WindowRecord): readonly Cell[] {
  const p99 = p99Of(counts)
  // The service's name stands above.
  const name = model?.startsWith(`${service}@`) === true ? model.slice(service.length) : (model ?? 'none')
  return [
    { text: shortMoment(Date.parse(end)) },
    { text: grouped(counts.answered + counts.failed) },
    counts.failed === 0 ? { text: '0' } : { text: grouped(counts.failed), style: 'red' },
    { text: grouped(counts.refused) },
    { text: p99 === null ? '-' : figure(p99) },
    { text: fit(name, LONGEST_MODEL) },
  ]
}

function brokenCell(checks: WindowRecord['checks'], room: number): Cell {
  const broken = checks.filter(({ state }) => state === 'breach')
  const alerts = broken.filter(({ alert }) => alert)
  const names = [...alerts, ...broken.filter(({ alert }) => !alert)].map((check) => `${shortName(check)}${mark(check)}`)
  return { text: fit(names.join(', '), room), style: alerts.length > 0 ? 'red' : 'yellow' }
}

function mark({ alert, state }: WindowCheck): string {
  return alert ? '!' : state === 'breach' ? '*' : ' '
}

/** `0.24*` is a breach, `0.62!` an alert, `-` says that there was not enough. Without unit. */
export function valueCell(check: WindowCheck | undefined): Cell {
  if (check === undefined) return { text: '' }
  if (check.value === null) return { text: '- ', style: 'dim' }
  const text = `${checkFigure(check.kind, check.value).replace(/ (?:%|ms)$/, '')}${mark(check)}`
  if (check.state !== 'breach') return { text }
  return { text, style: check.alert ? 'red' : 'yellow' }
}

/** `2001-05-03`, `2001-05-03 06:00`; UTC. */
export function shortMoment(millis: number): string {
  // A year may have more than four digits, on a fast clock that nobody stopped.
  const [day = '', time = ''] = new Date(millis).toISOString().split('T')
  return time.startsWith('00:00') ? day : `${day} ${time.slice(0, 5)}`
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}
