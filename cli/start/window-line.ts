import { p99Of } from '../../console/service-facts.ts'
import type { WindowCheck, WindowRecord } from '../../store/monitors.ts'

/** A closed window in a line: `2001-05-04  1,650 requests  0 failed  p99 12 ms  auc 0.71  origin_late_7d psi 0.24 > 0.2`. */
export function windowLine({ end, counts, checks, model }: WindowRecord): string {
  const { answered, failed } = counts
  const drift = checks.filter(({ kind }) => kind === 'drift').map(checkText)
  const quality = checks.filter(({ kind, value }) => kind === 'quality' && value !== null).map(checkText)
  const p99 = p99Of(counts)
  return [
    end.slice(0, 10),
    model ?? 'no model',
    `${(answered + failed).toLocaleString('en-US')} requests`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(p99 === null ? [] : [`p99 ${p99 < 10 ? p99.toFixed(1) : p99.toFixed(0)} ms`]),
    ...quality,
    ...drift,
  ].join('  ')
}

function checkText({ of, measure, value, bound, state, alert }: WindowCheck): string {
  const name = measure === null ? of : `${of} ${measure}`
  if (value === null) return `${name} –`
  const shown = Number(value.toPrecision(3))
  return state === 'breach'
    ? `${name} ${shown} beyond ${Number(bound.toPrecision(3))}${alert ? ' (alert)' : ''}`
    : `${name} ${shown}`
}
