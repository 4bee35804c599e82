import type { WindowCheck, WindowRecord } from '../../store/monitors.ts'

const ORDER = { breach: 0, within: 1, wait: 2 } as const
const MOST = 12

/** What a window found, for whoever looks at night: breaches first, what waits last. */
export function foundTexts({ checks, budgetSpent }: Pick<WindowRecord, 'checks' | 'budgetSpent'>): readonly string[] {
  const spent = budgetSpent === null ? [] : [`error budget: ${percent(budgetSpent)} spent`]
  return [...checks.toSorted((one, other) => ORDER[one.state] - ORDER[other.state]).map(foundText), ...spent].slice(
    0,
    MOST,
  )
}

/** `origin_late_7d: psi 0.62, bound 0.2, breach 3 in a row` */
export function foundText(check: WindowCheck): string {
  const { value, bound, state, breaches, rows } = check
  const name = nameOf(check)
  if (value === null || state === 'wait') return `${name}: waits, ${rows} rows`
  const repeated = state === 'breach' && breaches > 1 ? `, ${breaches} in a row` : ''
  return `${name} ${shown(check, value)}, bound ${shown(check, bound)}${repeated}`
}

function nameOf({ kind, of, measure }: WindowCheck): string {
  switch (kind) {
    case 'drift':
      return `${of}: ${measure}`
    case 'missing':
      return `${of}: missing`
    case 'quality':
    case 'latency':
    case 'availability':
      return of
  }
}

function shown({ kind }: WindowCheck, value: number): string {
  if (kind === 'latency') return `${rounded(value)} ms`
  return kind === 'missing' || kind === 'availability' ? percent(value) : rounded(value)
}

function percent(share: number): string {
  return `${rounded(100 * share)} %`
}

/** Three digits that count. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(3)))
}
