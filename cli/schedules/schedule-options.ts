import type { ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client'
import type { ScheduleSpec } from '../../dsl/lifecycle/release-nodes.ts'
import { idOf, type Declared } from './declared.ts'

/** What Temporal is told. Nothing is left to defaults: the server's, the client's and the documented ones differ. */
export function scheduleOptions(
  { name, spec, starts }: Declared,
  { taskQueue }: { readonly taskQueue: string },
): ScheduleOptions {
  const { at, timeZone, overlap, catchUpMillis } = spec
  const times =
    at.type === 'cron'
      ? { cronExpressions: [at.expression] }
      : { intervals: [{ every: at.everyMillis, offset: at.offsetMillis }] }
  return {
    scheduleId: idOf(name),
    spec: { ...times, timezone: timeZone },
    policies: { overlap: POLICIES[overlap], catchupWindow: catchUpMillis, pauseOnFailure: false },
    action: {
      type: 'startWorkflow',
      workflowType: starts.workflow,
      workflowId: idOf(name),
      args: [starts.input],
      taskQueue,
      staticSummary: name,
      // Temporal keeps a cron expression as ranges, which nobody reads.
      memo: { [MEMO]: spec },
    },
  }
}

/** Of the action, since a schedule's own memo cannot be changed. */
const MEMO = 'schedule'

const POLICIES = {
  skip: 'SKIP',
  'buffer-one': 'BUFFER_ONE',
  'buffer-all': 'BUFFER_ALL',
  'cancel-older': 'CANCEL_OTHER',
} as const satisfies Readonly<Record<ScheduleSpec['overlap'], ScheduleOverlapPolicy>>

/** What a schedule was made by. */
export function specIn(memo: Readonly<Record<string, unknown>> | undefined): ScheduleSpec | undefined {
  // Written by `scheduleOptions`.
  return memo?.[MEMO] as ScheduleSpec | undefined
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** `6 hours`; `90 seconds`. */
export function durationText(millis: number): string {
  const [unit, size] = UNITS.find(([, whole]) => millis >= whole && millis % whole === 0) ?? (['second', 1000] as const)
  const amount = millis / size
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`
}

/** `0 3 * * 1 Europe/Berlin`; `every 6 hours`. */
export function timesText({ at, timeZone }: ScheduleSpec): string {
  if (at.type === 'cron') return `${at.expression} ${timeZone}`
  const offset = at.offsetMillis === 0 ? '' : ` + ${durationText(at.offsetMillis)}`
  return `every ${durationText(at.everyMillis)}${offset}`
}
