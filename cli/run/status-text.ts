import type { WorkflowExecutionInfo } from '@temporalio/client'
import type { RunStatus } from '../../workflows/run-status.ts'
import { paint, type Style } from '../colour.ts'
import { taskFailures } from '../task-failures.ts'
import { duration, statusLines } from './run-view.ts'

export interface RunSummary {
  readonly run: string
  /** Temporal's word in lower case: `running`, `completed`, `failed`, `canceled`, `terminated`, … */
  readonly status: string
  /** ISO 8601, UTC. */
  readonly started: string
  /** Absent while it goes on. */
  readonly seconds?: number
  /** How often in a row the engine's own code has failed in it: it stands still, and is tried again. Absent where not. */
  readonly taskFailures?: number
}

type Execution = Pick<WorkflowExecutionInfo, 'workflowId' | 'status' | 'startTime'> & {
  readonly closeTime?: Date | undefined
  /** As the server describes one; in a list it says less. */
  readonly raw?: object
}

export function summaryOf({ workflowId, status, startTime, closeTime, raw = {} }: Execution): RunSummary {
  const failures = taskFailures(raw)
  return {
    run: workflowId,
    status: status.name.toLowerCase(),
    started: startTime.toISOString(),
    ...(closeTime !== undefined && { seconds: (closeTime.getTime() - startTime.getTime()) / 1000 }),
    ...(failures > 0 && { taskFailures: failures }),
  }
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
  const { run, started, seconds, taskFailures: failures } = summary
  const verb = seconds === undefined ? 'for' : 'after'
  const when = `started ${started.slice(0, 19).replace('T', ' ')} UTC`
  return [
    run,
    `${stateOf(summary, { ...options, width: 0 })} ${verb} ${lasting(summary, options)}, ${when}`,
    ...(failures === undefined
      ? []
      : [
          paint(
            'red',
            `  stands still: its workflow task failed ${failures} times in a row; the worker's log says why`,
            options,
          ),
        ]),
    ...(status?.movedTo === undefined ? [] : [`  moved to plan ${status.movedTo.slice(0, 12)}`]),
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
