import type { Issue } from '../../check/issue.ts'
import { counts, durations } from './amounts.ts'
import type { LifecycleRule } from './lifecycle-rule.ts'
import { scheduleIssues } from './schedule.ts'

/** The monitor is who asks for a retrain, and something has to make it ask. */
export const retrain: LifecycleRule = ({ retrain: wanted, monitor }) => {
  if (wanted === undefined) return []
  const { onDrift, after, schedule, coolDown, budget } = wanted
  return [
    ...(monitor === undefined ? issue('expected a monitor that asks for it, got none', 'add monitor: { … }') : []),
    ...(onDrift || after !== undefined || schedule !== undefined
      ? []
      : issue('expected a cause, got none', 'set onDrift: true, after: "30 days" or a schedule')),
    ...durations([
      ['retrain.after', after],
      ['retrain.coolDown', coolDown],
      ['retrain.budget.per', budget.per],
    ]),
    ...counts([['retrain.budget.runs', budget.runs]]),
    ...scheduleIssues('retrain.schedule', schedule),
  ]
}

function issue(message: string, remedy: string): readonly Issue[] {
  return [{ rule: 'retrain', place: 'retrain', message, remedy }]
}
