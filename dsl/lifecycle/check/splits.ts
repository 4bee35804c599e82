import type { Issue } from '../../check/issue.ts'
import type { AnyModel } from '../../model.ts'
import { type Duration, millisOf, type Percent, shareOf } from '../../units.ts'
import { modelsOf } from '../lifecycle.ts'
import { durations } from './amounts.ts'
import type { LifecycleRule } from './lifecycle-rule.ts'

/** Something is left to train on, and something to hold out. */
export const splits: LifecycleRule = (lifecycle) =>
  modelsOf(lifecycle).flatMap((model) =>
    isShare(model.holdout) ? byKey(model, model.holdout) : byTime(model, model.holdout),
  )

function byKey({ name }: AnyModel, holdout: Percent): readonly Issue[] {
  const share = shareOf(holdout)
  if (share !== undefined && share > 0 && share < 1) return []
  const message = `expected a holdout above 0% and below 100%, got "${holdout}"`
  return [{ rule: 'split', place: `model "${name}"`, message, remedy: 'change the holdout' }]
}

function byTime({ name, window }: AnyModel, holdout: Duration): readonly Issue[] {
  const place = `model "${name}"`
  if (window === 'all rows') return durations([[`${place} holdout`, holdout]])
  const unfit = durations([
    [`${place} window`, window],
    [`${place} holdout`, holdout],
  ])
  if (unfit.length > 0 || (millisOf(holdout) ?? 0) < (millisOf(window) ?? 0)) return unfit
  const message = `expected a holdout shorter than the window of "${window}", got "${holdout}"`
  return [{ rule: 'split', place, message, remedy: 'shorten the holdout or lengthen the window' }]
}

function isShare(holdout: Duration | Percent): holdout is Percent {
  return holdout.endsWith('%')
}
