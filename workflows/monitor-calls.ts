import {
  ActivityCancellationType,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow'
import type { Activities } from '../activities/activities.ts'
import { messageOf } from './failures.ts'
import type { MonitorState } from './monitor-state.ts'

/** A monitor does not fail since its store is away for an hour. */
const PATIENT = { startToCloseTimeout: '10 seconds', retry: { maximumInterval: '1 minute' } } as const
/** A worker that died is noticed within it. */
const SILENT = '10 seconds'
const RETRY = { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' } as const

export const local = proxyLocalActivities<Activities>(PATIENT)

/** Tried until it is done. */
export function deciding(summary: string) {
  const options = { startToCloseTimeout: '20 seconds', retry: RETRY, summary } as const
  return proxyActivities<Activities>(options).decideRetrain
}

/** What does not succeed so often is told of, and tried again later. */
export function evaluating(summary: string) {
  const retry = { ...RETRY, maximumAttempts: 10 }
  const options = { startToCloseTimeout: '30 minutes', heartbeatTimeout: SILENT, retry, summary } as const
  return proxyActivities<Activities>(options).evaluateWindow
}

/** Where data is read: it does not take the place of windows. */
export function refreshing(summary: string) {
  return proxyActivities<Activities>({
    summary,
    taskQueue: `${workflowInfo().taskQueue}-data`,
    startToCloseTimeout: '2 hours',
    heartbeatTimeout: SILENT,
    retry: { ...RETRY, maximumAttempts: 3 },
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  }).refreshFeatures
}

/** One monitor at work. */
export interface Monitoring {
  readonly state: MonitorState
  readonly report: () => void
  /** Whether the history has become so long that the monitor has to continue as new. */
  readonly isLong: () => boolean
}

/** Looks at what is due by now, by the policy offered last if it is one. What fails is told of: nothing is due then. */
export async function look({ state, report }: Monitoring): Promise<void> {
  const { offered } = state
  const policy = offered ?? state.policy
  try {
    state.due = await local.nextDue({ ...policy, refreshed: state.refreshed?.at ?? null })
    state.policy = policy
    state.trouble.look = null
  } catch (error) {
    if (isCancellation(error)) throw error
    if (offered === null) state.due = undefined
    state.trouble.look = messageOf(error)
  }
  if (state.offered === offered) state.offered = null
  report()
}
