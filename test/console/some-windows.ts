import { latencyBucket } from '../../store/traffic.ts'
import type { WindowCheck, WindowRecord } from '../../store/monitors.ts'

const DAY = 86_400_000
const START = Date.parse('2001-04-01T00:00:00.000Z')
const WALL = Date.parse('2026-02-01T10:00:00.000Z')
/** A day of event time in six seconds. */
export const SCALE = 14_400

export const SERVICE = 'flight-delay'
const RETRAINED_FROM = 48

/** Event time so many days after 1 April 2001. */
export function eventAt(day: number): string {
  return new Date(START + day * DAY).toISOString()
}

/** Wall time of the same moment. */
export function wallAt(day: number, laterMillis = 0): string {
  return new Date(WALL + (day * DAY) / SCALE + laterMillis).toISOString()
}

/** By hand, of the 7-day share by origin: quiet through April, then the drift of May, until the model of May answers. */
export function psiOf(day: number): number {
  if (day <= 30) return 0.05 + 0.11 * (0.5 + 0.5 * Math.sin(day * 1.7) * Math.cos(day / 5))
  const points = [
    [30, 0.16],
    [32, 0.24],
    [39, 0.62],
    [46, 1.61],
    [RETRAINED_FROM - 1, 1.58],
  ] as const
  if (day >= RETRAINED_FROM) return Math.max(0.14, 0.31 - 0.012 * (day - RETRAINED_FROM))
  const next = points.findIndex(([at]) => at >= day)
  const [[from, low], [to, high]] = [points[next - 1] ?? points[0], points[next] ?? points[0]]
  return to === from ? low : low + ((high - low) * (day - from)) / (to - from)
}

/** Windows of days from 1 April 2001 on, as the monitor of the flight delays writes them. */
export function windowsOf(days: number): readonly WindowRecord[] {
  const windows: WindowRecord[] = []
  for (let day = 1; day <= days; day += 1) windows.push(windowOf(day, windows.at(-1)))
  return windows
}

function windowOf(number: number, before: WindowRecord | undefined): WindowRecord {
  const requests = Math.round(4000 + 900 * Math.sin((number * 2 * Math.PI) / 7))
  const failed = number === 20 ? 14 : 0
  const version = number >= RETRAINED_FROM ? 2 : 1
  const tried = number >= RETRAINED_FROM - 2 && number < RETRAINED_FROM ? Math.round(requests / 4) : 0
  return {
    service: SERVICE,
    number,
    from: eventAt(number - 1),
    end: eventAt(number),
    readTo: wallAt(number, 2000),
    model: `flight-delay@${version}`,
    counts: {
      answered: requests - failed,
      failed,
      refused: number % 17 === 0 ? 3 : 0,
      latency: [
        [latencyBucket(3), requests - 50],
        [latencyBucket(8 + (number % 5)), 50],
      ],
      byVersion: {
        [`flight-delay@${version}`]: requests - tried,
        ...(tried > 0 && { 'flight-delay@2': tried }),
      },
    },
    sample: 'a'.repeat(64),
    labelled: number === 1 ? null : { end: eventAt(number - 1), file: 'b'.repeat(64), rows: requests - 40 },
    checks: checksOf(number, before),
    budgetSpent: number < 20 ? 0 : 0.24,
    evaluatedAt: wallAt(number, 2100),
  }
}

type Draft = Pick<WindowCheck, 'kind' | 'of' | 'measure' | 'value' | 'declared' | 'bound'>

function checksOf(number: number, before: WindowRecord | undefined): WindowCheck[] {
  const [psi, ripple] = [psiOf(number), Math.sin(number * 2.3)]
  const drift = (of: string, measure: 'psi' | 'ks' | 'js', value: number, bound: number, declared = bound): Draft => ({
    kind: 'drift',
    of,
    measure,
    value: number < 7 ? null : value,
    declared,
    bound,
  })
  const other = { measure: null } as const
  const late = number >= RETRAINED_FROM ? 0.006 : 0
  const drafts: readonly Draft[] = [
    drift('origin_late_7d', 'psi', psi, number >= RETRAINED_FROM ? 0.33 : 0.21, 0.2),
    drift('origin_late_7d', 'ks', 0.06 + psi * 0.22, 0.3),
    drift('origin_delay_6h', 'psi', 0.03 + psi * 0.08 + ripple * 0.01, 0.2),
    drift('destination_late_24h', 'psi', 0.05 + psi * 0.12 + ripple * 0.015, 0.2),
    drift('origin', 'js', 0.031 + ripple * 0.004, 0.1),
    drift('distance', 'ks', 0.009 + ripple * 0.003, 0.1),
    { ...other, kind: 'missing', of: 'distance', value: number % 9 === 0 ? 0.0012 : 0, declared: 0.01, bound: 0.01 },
    {
      ...other,
      kind: 'quality',
      of: 'auc',
      value: number < 2 ? null : 0.6927 + ripple * 0.008 + late,
      declared: 0.68,
      bound: 0.68,
    },
    {
      ...other,
      kind: 'quality',
      of: 'brier',
      value: number < 2 ? null : 0.131 + ripple * 0.004,
      declared: 0.15,
      bound: 0.15,
    },
    { ...other, kind: 'latency', of: 'p99', value: 8.4 + (number % 5), declared: 80, bound: 80 },
    { ...other, kind: 'availability', of: 'errors', value: number === 20 ? 0.0031 : 0, declared: 0.001, bound: 0.001 },
  ]
  return drafts.map((draft, index) => checkOf(draft, { number, before: before?.checks[index]?.breaches ?? 0 }))
}

function checkOf(draft: Draft, { number, before }: { readonly number: number; readonly before: number }): WindowCheck {
  const { kind, of, value, bound } = draft
  const broken = value !== null && (of === 'auc' ? value < bound : value > bound)
  const breaches = broken ? before + 1 : 0
  return {
    ...draft,
    from: eventAt(Math.max(0, number - 7)),
    baseline: kind === 'drift' && value !== null ? 0.01 : null,
    rows: value === null ? 120 : 5000 * Math.min(7, number),
    state: value === null ? 'wait' : broken ? 'breach' : 'within',
    breaches,
    alert: breaches >= 3,
  }
}
