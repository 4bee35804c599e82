import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  setHandler,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow'
import type { Policy } from '../activities/monitor/requests.ts'
import { lasting } from './lasting.ts'
import type { Monitoring } from './monitor-calls.ts'
import { askOf, policyOf } from './monitor-messages.ts'
import { keepFresh } from './monitor-refresh.ts'
import { decideRetrains, startLastRetrain } from './monitor-retrains.ts'
import { ask, resumeOf, startMonitor, type MonitorResume, type MonitorState } from './monitor-state.ts'
import { monitorReporter, statusOfMonitor, type MonitorStatus } from './monitor-view.ts'
import { watchWindows } from './monitor-windows.ts'

export interface MonitorInput {
  readonly policy: Policy
  /** Set by the monitor itself when it continues as new. */
  readonly resume?: MonitorResume
  /** Continue as new beyond this many events. Default 400: under our bound of 500 with what runs then to spare. */
  readonly maxEvents?: number
}

const status = defineQuery<MonitorStatus>('status')

const MAX_EVENTS = 400
/** A refresh that goes on may end within so many more. */
const GRACE_EVENTS = 50

/**
 * Looks after a service: the only one that does, by its id. What it found is in the store, so that one that is ended and
 * started again goes on where the chain ends. It never ends by itself.
 */
export async function monitor(input: MonitorInput): Promise<never> {
  const { maxEvents = MAX_EVENTS, resume } = input
  const state = startMonitor(input.policy, resume)
  const monitoring: Monitoring = { state, report: monitorReporter(state), isLong: () => isLong(state, maxEvents) }
  takeMessages(monitoring)
  if (resume === undefined) await startLastRetrain(monitoring)
  const freshness = new CancellationScope()
  const fresh = freshness.run(() => keepFresh(monitoring))
  await Promise.race([Promise.all([watchWindows(monitoring), decideRetrains(monitoring)]), fresh])
  freshness.cancel()
  await fresh.catch(unlessCancellation)
  await condition(allHandlersFinished)
  return continueAsNew<typeof monitor>({ ...input, policy: state.policy, resume: resumeOf(state) })
}

setWorkflowOptions(lasting, monitor)

function isLong({ refreshing }: MonitorState, maxEvents: number): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo()
  return historyLength >= maxEvents + (refreshing ? GRACE_EVENTS : 0) || continueAsNewSuggested
}

function unlessCancellation(error: unknown): void {
  if (!isCancellation(error)) throw error
}

/** Anybody who reaches the server may send one: what has no such shape is counted, and does nothing. */
function takeMessages({ state, report }: Monitoring): void {
  setHandler(status, () => statusOfMonitor(state))
  setHandler(defineSignal<[unknown]>('policy'), (input) => {
    const policy = policyOf(input, state.policy.service)
    if (policy === undefined) state.ignored += 1
    else state.offered = policy
    state.wakes += 1
    report()
  })
  setHandler(defineSignal<[unknown]>('retrain'), (input) => {
    const wish = askOf(input)
    if (wish === undefined || !ask(state, wish)) state.ignored += 1
    report()
  })
  setHandler(defineSignal('wake'), () => {
    state.wakes += 1
  })
}
