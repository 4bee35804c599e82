import { boundWords, checkKey, shortName } from '../../console/check-words.ts'
import type { WindowCheck, WindowRecord } from '../../store/monitors.ts'
import { paint } from '../colour.ts'
import { fit, layout, type Cell } from './layout.ts'
import { shortMoment, valueCell } from './window-rows.ts'

interface RowsOptions {
  readonly colour: boolean
  readonly width: number
  readonly last: number
}

const LONGEST_NAME = 26
/** Of a value with its mark and the two blanks before it; of quality one more. */
const VALUE = 8
const ORDER: readonly WindowCheck['kind'][] = ['drift', 'quality', 'missing', 'latency', 'availability']
const KINDS: Readonly<Record<WindowCheck['kind'], string>> = {
  drift: 'drift',
  missing: 'missing %',
  quality: 'quality',
  latency: 'latency ms',
  availability: 'requests %',
}

/**
 * A check a line, with its values in as many of the newest windows as the width has room for; alerts first within a kind.
 */
export function checkRows(windows: readonly WindowRecord[], options: RowsOptions): readonly string[] {
  const checks = ORDER.flatMap((kind) => checksOf(windows, kind))
  if (checks.length === 0) return []
  const names = checks.map((check) => fit(shortName(check), LONGEST_NAME))
  const bounds = checks.map((check) => boundWords(check, check.bound))
  const taken = widest([...names, 'requests %']) + 2 + widest(bounds)
  const value = VALUE + (checks.some(({ kind }) => kind === 'quality') ? 1 : 0)
  const room = Math.max(1, Math.floor((options.width - taken) / value))
  const shown = windows.slice(-Math.min(room, options.last))
  const byKey = shown.map(({ checks: found }) => new Map(found.map((check) => [checkKey(check), check])))
  const columns = [
    { title: '' },
    { title: 'bound' },
    ...shown.map(({ end }) => ({ title: `${columnTitle(end)} `, isRight: true })),
  ]
  const rows = checks.flatMap((check, index): readonly (readonly Cell[])[] => {
    const values = byKey.map((found) => valueCell(found.get(checkKey(check))))
    const row = [{ text: names[index] ?? '' }, { text: bounds[index] ?? '', style: 'dim' as const }, ...values]
    const isFirst = checks[index - 1]?.kind !== check.kind
    return isFirst ? [[{ text: KINDS[check.kind], style: 'dim' }], row] : [row]
  })
  const legend = paint('dim', 'without mark: within its bound; * breach; ! alert; - not enough to say', options)
  return [...layout(rows, { columns, colour: options.colour }), legend]
}

function checksOf(windows: readonly WindowRecord[], wanted: WindowCheck['kind']): readonly WindowCheck[] {
  const checks = (windows.at(-1)?.checks ?? []).filter(({ kind }) => kind === wanted)
  return checks.toSorted((one, other) => other.breaches - one.breaches)
}

/** `05-03`; where windows end within a day `06:00`. */
function columnTitle(end: string): string {
  const moment = shortMoment(Date.parse(end))
  return moment.length > 10 ? moment.slice(11) : moment.slice(5)
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map(({ length }) => length))
}
