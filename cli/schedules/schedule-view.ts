import type { Client, ScheduleDescription } from '@temporalio/client'
import type { ScheduleSpec } from '../../dsl/lifecycle/release-nodes.ts'
import { idOf, nameOf } from './declared.ts'
import { specIn } from './schedule-options.ts'

/** A schedule as it stands; with `--json` as it is. Instants are ISO 8601, UTC. */
export interface ScheduleView {
  readonly name: string
  readonly starts: 'run' | 'retrain'
  readonly schedule: ScheduleSpec | null
  readonly paused: boolean
  /** Why it was paused or resumed. */
  readonly note: string | null
  readonly next: readonly string[]
  /** What was started last: its nominal time, when it came to that, and the workflow. */
  readonly last: { readonly at: string; readonly took: string; readonly workflow: string } | null
  readonly running: readonly string[]
  readonly started: number
  /** Left out since the run before was still going. */
  readonly skipped: number
  /** Too late to be made up for. */
  readonly missed: number
}

/** Those of this installation, by name. The list follows a change within a second or so. */
export async function listSchedules(
  client: Client,
  { taskQueue }: { readonly taskQueue: string },
): Promise<readonly ScheduleView[]> {
  const views: ScheduleView[] = []
  for await (const { scheduleId } of client.schedule.list()) {
    const name = nameOf(scheduleId)
    // One that was deleted meanwhile may be listed still.
    const found = name === undefined ? undefined : await describe(client, name).catch(() => undefined)
    if (name !== undefined && found?.action.taskQueue === taskQueue) views.push(viewOf(name, found))
  }
  return views.toSorted((left, right) => (left.name < right.name ? -1 : 1))
}

export async function scheduleView(client: Client, name: string): Promise<ScheduleView> {
  return viewOf(name, await describe(client, name))
}

function describe({ schedule }: Client, name: string): Promise<ScheduleDescription> {
  return schedule.getHandle(idOf(name)).describe()
}

const MOST_NEXT = 3

function viewOf(name: string, { action, state, info }: ScheduleDescription): ScheduleView {
  const last = info.recentActions.at(-1)
  return {
    name,
    starts: action.workflowType === 'launch' ? 'run' : 'retrain',
    schedule: specIn(action.memo) ?? null,
    paused: state.paused,
    note: state.note === undefined || state.note === '' ? null : state.note,
    next: info.nextActionTimes.slice(0, MOST_NEXT).map(instant),
    last:
      last === undefined
        ? null
        : { at: instant(last.scheduledAt), took: instant(last.takenAt), workflow: last.action.workflow.workflowId },
    running: info.runningActions.map(({ workflow }) => workflow.workflowId),
    started: info.numActionsTaken,
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
  }
}

function instant(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z')
}
