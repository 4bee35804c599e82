import type { WindowCheck, WindowRecord } from '../store/monitors.ts'
import { checkKey, wantsMore } from './check-words.ts'
import type { TimeAxis } from './time-axis.ts'

/** One check over all windows. */
export interface CheckSeries {
  readonly points: readonly CheckPoint[]
  /** Of the newest window that has it. */
  readonly last: WindowCheck
}

export interface CheckPoint {
  readonly check: WindowCheck
  /** Of the window's step, event time in milliseconds. */
  readonly step: TimeAxis
}

/** The checks of the newest window, each with what it was before: alerts first, then breaches, then what is nearest its bound. */
export function seriesOf(windows: readonly WindowRecord[]): readonly CheckSeries[] {
  const byCheck = new Map<string, CheckPoint[]>()
  for (const { from, end, checks } of windows) {
    const step = { from: Date.parse(from), to: Date.parse(end) }
    for (const check of checks) {
      const key = checkKey(check)
      const points = byCheck.get(key) ?? []
      points.push({ check, step })
      byCheck.set(key, points)
    }
  }
  const checks = windows.at(-1)?.checks ?? []
  return checks
    .map((last) => ({ last, points: byCheck.get(checkKey(last)) ?? [] }))
    .toSorted((one, other) => urgency(other.last) - urgency(one.last))
}

/** What is to be seen first. */
export function urgency({ alert, state, value, bound, ...named }: WindowCheck): number {
  if (value === null) return -1
  const nearness = wantsMore(named) ? bound / (value || 1) : value / (bound || 1)
  return (alert ? 2e6 : 0) + (state === 'breach' ? 1e6 : 0) + Math.min(nearness, 1e5)
}
