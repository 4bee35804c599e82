import type { Issue } from '../../check/issue.ts'
import type { AnyModel } from '../../model.ts'
import { millisOf, type Percent, shareOf } from '../../units.ts'
import type { Canary } from '../canary.ts'
import { durations, shares } from './amounts.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { LifecycleRule } from './lifecycle-rule.ts'

/** Traffic goes up, and all the way. */
export const canary: LifecycleRule = (lifecycle) => {
  const wanted = lifecycle.canary
  if (wanted === undefined) return unreleased(lifecycle)
  if (wanted === 'direct') return []
  return [
    ...trafficIssues(wanted.traffic),
    ...holdIssues(wanted),
    ...shares([['canary.rollbackOn.errorRate', wanted.rollbackOn.errorRate.atMost]]),
  ]
}

/** There is nothing to watch in production before there is traffic. */
function unreleased({ monitor }: Lifecycle): readonly Issue[] {
  if (monitor === undefined) return []
  const message = 'expected traffic to watch, got a monitor and no canary'
  return [
    { rule: 'canary', place: 'canary', message, remedy: "add canary: { … } or 'direct', or leave the monitor out" },
  ]
}

function trafficIssues(traffic: readonly Percent[]): readonly Issue[] {
  const parts = traffic.map((percent) => shareOf(percent) ?? Number.NaN)
  const ascending = parts.every((part, index) => part > (parts[index - 1] ?? 0))
  if (ascending && parts.at(-1) === 1) return []
  const message = `expected ascending shares above 0% that end in "100%", got ${traffic.map((part) => `"${part}"`).join(', ')}`
  return [{ rule: 'canary', place: 'canary.traffic', message, remedy: 'change them' }]
}

function holdIssues({ hold, maxHold }: Canary<AnyModel>): readonly Issue[] {
  const unfit = durations([
    ['canary.hold', hold],
    ['canary.maxHold', maxHold],
  ])
  if (unfit.length > 0 || maxHold === undefined || (millisOf(maxHold) ?? 0) >= (millisOf(hold) ?? 0)) return unfit
  const message = `expected at least the hold of "${hold}", got "${maxHold}"`
  return [{ rule: 'canary', place: 'canary.maxHold', message, remedy: 'lengthen it' }]
}
