import type { Client } from '@temporalio/client'
import { timeOf, type HistoryEvent } from './moments.ts'

/** Every event of a run, over all the executions that it has continued as. */
export async function historyOf(client: Client, run: string, firstRunId: string): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = []
  let runId: string | undefined = firstRunId
  while (runId !== undefined) {
    const history = await client.workflow.getHandle(run, runId).fetchHistory()
    events.push(...(history.events ?? []))
    runId = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined
  }
  return events
}

/**
 * How many events a disturbed run may have: beyond the undisturbed one's, 4 for each kill. Which completions share a
 * workflow task, of 3 events, differs from run to run: each may have one of its own.
 */
export function mostEvents(undisturbed: readonly HistoryEvent[], { kills }: { readonly kills: number }): number {
  const steps = undisturbed.filter((event) => !isOfWorkflowTask(event))
  const waking = steps.filter((event) => event.activityTaskCompletedEventAttributes ?? event.timerFiredEventAttributes)
  const tasks = undisturbed.filter((event) => event.workflowTaskScheduledEventAttributes)
  return steps.length + 3 * Math.max(tasks.length, waking.length + 1) + 4 * kills
}

/**
 * From a kill to the next step forward of the run, in milliseconds; `undefined` where it made none any more. What a
 * worker had reported before it died may be written down a little later, and is no step.
 */
export function recoveryAfter(
  { at, pid }: { readonly at: number; readonly pid: number },
  events: readonly HistoryEvent[],
): number | undefined {
  const next = events.find((event) => timeOf(event) > at && isForward(event) && workerOf(event) !== pid)
  return next === undefined ? undefined : Math.round(timeOf(next) - at)
}

/** Who reported it, by the SDK's `<pid>@<host>`. */
function workerOf(event: HistoryEvent): number {
  const reported = event.activityTaskCompletedEventAttributes ?? event.workflowTaskCompletedEventAttributes
  return Number(reported?.identity?.split('@')[0])
}

function isOfWorkflowTask(event: HistoryEvent): boolean {
  return Object.keys(event).some((name) => name.startsWith('workflowTask') && Boolean(Reflect.get(event, name)))
}

function isForward(event: HistoryEvent): boolean {
  return Boolean(
    event.activityTaskCompletedEventAttributes ??
    event.workflowTaskCompletedEventAttributes ??
    event.workflowExecutionCompletedEventAttributes,
  )
}
