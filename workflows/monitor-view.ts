import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow'
import type { Due, Evaluated } from '../activities/monitor/requests.ts'
import type { Ask, MonitorState, Retrained } from './monitor-state.ts'

const STAGE = defineSearchAttributeKey('AnnealStage', SearchAttributeType.KEYWORD)
const MODEL = defineSearchAttributeKey('AnnealModel', SearchAttributeType.KEYWORD)

/** The query `status` of a monitor. */
export interface MonitorStatus extends Pick<
  MonitorState,
  'policy' | 'evaluated' | 'refreshed' | 'ignored' | 'trouble'
> {
  readonly due: Due | null
  readonly last: Evaluated | null
  readonly asks: readonly Ask[]
  readonly retrains: readonly Retrained[]
}

export function statusOfMonitor(state: MonitorState): MonitorStatus {
  const { policy, due = null, last, evaluated, refreshed, asks, retrains, ignored, trouble } = state
  return { policy, due, last, evaluated, refreshed, asks, retrains, ignored, trouble: { ...trouble } }
}

/** Keeps what the Temporal UI shows of the monitor up to date. An attribute costs an event, so only a change is sent. */
export function monitorReporter(state: MonitorState): () => void {
  let shown: string | null | undefined
  return () => {
    setCurrentDetails(detailsOf(state))
    if (state.due === undefined || state.due.model === shown) return
    shown = state.due.model
    upsertSearchAttributes([
      { key: STAGE, value: 'monitor' },
      { key: MODEL, value: shown },
    ])
  }
}

/** A window may have hundreds of checks. */
const MOST_LINES = 8

function detailsOf(state: MonitorState): string {
  const { policy, due, last, evaluated, refreshed, asks, retrains, ignored, trouble } = state
  const { look, windows, refresh } = trouble
  return [
    `**${policy.service}**: ${due?.model ?? 'no model in service'}, ${evaluated} windows evaluated`,
    '',
    ...(last === null ? [] : [`- last window until ${last.end}${last.found.length === 0 ? ': nothing found' : ''}`]),
    ...(last?.found ?? []).slice(0, MOST_LINES).map((line) => `  - ${line}`),
    ...(last?.alerts ?? []).slice(0, MOST_LINES).map((line) => `- **alert**: ${line}`),
    ...(due?.window ? [`- next window until ${due.window.end}, due ${instantOf(due.window.dueMillis)}`] : []),
    ...(refreshed === null ? [] : [`- features ${refreshed.state} at ${refreshed.at}: ${refreshed.reason}`]),
    ...asks.slice(0, MOST_LINES).map(({ cause, id }) => `- asks for a retrain: ${cause} ${id}`),
    ...retrains.map(({ cause, id, state: outcome, told }) => `- retrain ${cause} ${id}: ${outcome}, ${told}`),
    ...[look, windows, refresh].flatMap((line) => (line === null ? [] : [`- **trouble**: ${line.slice(0, 500)}`])),
    ...(ignored === 0 ? [] : [`- ${ignored} messages ignored: no such shape`]),
  ].join('\n')
}

function instantOf(millis: number): string {
  return new Date(Math.round(millis)).toISOString()
}
