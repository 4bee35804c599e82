import { condition, isCancellation } from '@temporalio/workflow'
import type { Evaluated } from '../activities/monitor/requests.ts'
import { messageOf } from './failures.ts'
import { evaluating, look, type Monitoring } from './monitor-calls.ts'
import { ask, type MonitorState, type OwnCause } from './monitor-state.ts'

/** Of wall time: the service's clock may have been set meanwhile. */
const LOOK_MILLIS = 60_000

/** Evaluates one window after the other, each once it is due; those that are overdue at once. */
export async function watchWindows(monitoring: Monitoring): Promise<void> {
  const { state, isLong } = monitoring
  while (!isLong()) {
    const seen = state.wakes
    await look(monitoring)
    const waitMillis = (state.due?.window?.dueMillis ?? Number.POSITIVE_INFINITY) - Date.now()
    const pause = waitMillis > 0 ? waitMillis : await evaluate(monitoring)
    const summary = state.due?.window ? `window until ${state.due.window.end}` : 'next look'
    if (pause > 0) await condition(() => state.wakes > seen || isLong(), Math.min(pause, LOOK_MILLIS), { summary })
  }
}

/** Answers how long to wait before the next look. */
async function evaluate({ state, report }: Monitoring): Promise<number> {
  const window = state.due?.window ?? null
  if (window === null) return LOOK_MILLIS
  const { number, end } = window
  try {
    const summary = `${state.policy.service} until ${end}`
    const request = { ...state.policy, number, end }
    const evaluated = await evaluating(summary)(request)
    state.last = evaluated
    state.evaluated += 1
    state.trouble.windows = null
    askForRetrain(state, evaluated)
    return 0
  } catch (error) {
    if (isCancellation(error)) throw error
    state.trouble.windows = `window ${number}: ${messageOf(error)}`
    return LOOK_MILLIS
  } finally {
    report()
  }
}

/** A cause that lasts asks again once the cool-down is over, not with every window. */
function askForRetrain(state: MonitorState, { end, retrainFor, newerByMillis }: Evaluated): void {
  const policy = state.due?.retrain ?? null
  if (policy === null) return
  const { onDrift, afterMillis, coolDownMillis } = policy
  const wish = (cause: OwnCause, reason: string): void => {
    const before = state.asked[cause]
    if (before !== null && Math.abs(Date.parse(end) - Date.parse(before)) < coolDownMillis) return
    state.asked[cause] = end
    ask(state, { cause, id: idOf(end), reason, by: `monitor:${state.policy.service}`, asOf: end })
  }
  if (onDrift && retrainFor.length > 0) wish('drift', retrainFor.slice(0, MOST_TOLD).join('; '))
  else if (afterMillis !== null && newerByMillis !== null && newerByMillis >= afterMillis) {
    wish('new-data', `data is newer than the model by ${(newerByMillis / DAY_MILLIS).toFixed(1)} days`)
  }
}

const MOST_TOLD = 3
const DAY_MILLIS = 86_400_000

/** `2001-05-03`, or where windows end within days `2001-05-03T06.00.00`. */
function idOf(end: string): string {
  return end.slice(0, 19).replace('T00:00:00', '').replaceAll(':', '.')
}
