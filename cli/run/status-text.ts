import type { WorkflowExecutionInfo } from '@temporalio/client'
import type { RunStatus } from '../../workflows/run-status.ts'
import { paint, type Style } from '../colour.ts'
import { duration, statusLines } from './run-view.ts'

export interface RunSummary {
  readonly run: string
  /** Temporal's word in lower case: `running`, `completed`, `failed`, `canceled`, `terminated`, … */
  readonly status: string
  /** ISO 8601, UTC. */
  readonly started: string
  /** Absent while it goes on. */
  readonly seconds?: number
}

type Execution = Pick<WorkflowExecutionInfo, 'workflowId' | 'status' | 'startTime'> & {
  readonly closeTime?: Date | undefined
}

export function summaryOf({ workflowId, status, startTime, closeTime }: Execution): RunSummary {
  const seconds = closeTime === undefined ? {} : { seconds: (closeTime.getTime() - startTime.getTime()) / 1000 }
  return { run: workflowId, status: status.name.toLowerCase(), started: startTime.toISOString(), ...seconds }
}

export interface TextOptions {
  readonly colour: boolean
  readonly nowMillis: number
}

/** The latest runs, a line each. */
export function listText(runs: readonly RunSummary[], options: TextOptions): string {
  if (runs.length === 0) return 'no runs yet: start one with `anneal run FILE`'
  const width = Math.max(...runs.map(({ run }) => run.length))
  return runs
    .map((summary) => {
      const { run, started } = summary
      const when = paint('dim', `${started.slice(0, 19).replace('T', ' ')} UTC`, options)
      return `${run.padEnd(width)}  ${stateOf(summary, { ...options, width: 10 })}  ${when}  ${lasting(summary, options)}`
    })
    .join('\n')
}

/** One run; `status` is undefined where no worker answers for it. */
export function runText(
  { summary, status }: { readonly summary: RunSummary; readonly status: RunStatus | undefined },
  options: TextOptions,
): string {
  const { run, started, seconds } = summary
  const verb = seconds === undefined ? 'for' : 'after'
  const when = `started ${started.slice(0, 19).replace('T', ' ')} UTC`
  return [
    run,
    `${stateOf(summary, { ...options, width: 0 })} ${verb} ${lasting(summary, options)}, ${when}`,
    ...(status === undefined
      ? [paint('yellow', '  no worker answers for its nodes: start one with `anneal dev`', options)]
      : statusLines(status, { ...options, rows: Number.POSITIVE_INFINITY })),
  ].join('\n')
}

const STYLES: Readonly<Record<string, Style>> = { completed: 'green', running: 'cyan', failed: 'red' }

function stateOf(
  { status }: RunSummary,
  { width, colour }: { readonly width: number; readonly colour: boolean },
): string {
  return paint(STYLES[status] ?? 'yellow', status.padEnd(width), { colour })
}

function lasting({ started, seconds }: RunSummary, { nowMillis }: TextOptions): string {
  return duration(seconds === undefined ? nowMillis - Date.parse(started) : seconds * 1000)
}
