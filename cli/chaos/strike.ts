import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import type proto from '@temporalio/proto'
import { killGroup } from '../../activities/children/orphans.ts'
import type { PublishedResult } from '../../store/result-record.ts'
import { chainHeads } from './leftovers.ts'
import type { Machinery } from './machinery.ts'
import type { Kill, Moment, Target } from './moments.ts'
import type { Place } from './place.ts'

export interface Struck extends Kill {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly pid: number
  /** What was published by then. */
  readonly before: readonly PublishedResult[]
}

/** A run that goes on, and what it goes on by. */
export interface Struggle {
  readonly client: Client
  readonly run: string
  readonly machinery: Machinery
  readonly place: Place
  readonly random: () => number
  /** Aborted once nobody waits for the run any more. */
  readonly ended: AbortSignal
}

const POLL_MILLIS = 5
/** `PENDING_ACTIVITY_STATE_STARTED`, whose module takes long to load. */
const STARTED: proto.temporal.api.enums.v1.PendingActivityState = 2

/** Kills what is to be killed at its moment. Answers `undefined` where the run was over before there was anything to kill. */
export async function strike(kill: Kill, struggle: Struggle): Promise<Struck | undefined> {
  let isOver = false
  const watch = async (reached: (described: WorkflowExecutionDescription) => boolean): Promise<void> => {
    while (!isOver && !struggle.ended.aborted) {
      const described = await describe(struggle)
      if (described !== undefined && reached(described)) return
      isOver = described !== undefined && described.status.name !== 'RUNNING'
      await pause(POLL_MILLIS)
    }
  }
  await watch((described) => isReached(kill.moment, described))
  if (kill.moment.after === 'start' && !isOver) await pause(kill.moment.millis)
  const heads = await chainHeads(struggle.place.settings)
  const before = [...heads.values()].flatMap((entry) => (entry.state === 'result' ? [entry.result] : []))
  let hit: Hit | undefined
  await watch(() => {
    hit = strikeNow(kill.target, struggle)
    return hit !== undefined
  })
  return hit && { ...kill, ...hit, before }
}

/** `undefined` while the server does not answer. */
export function describe({
  client,
  run,
}: Pick<Struggle, 'client' | 'run'>): Promise<WorkflowExecutionDescription | undefined> {
  return client.workflow
    .getHandle(run)
    .describe()
    .catch(() => undefined)
}

/** An activity's start stands in the history only once it has ended. */
function isReached(moment: Moment, { historyLength, raw }: WorkflowExecutionDescription): boolean {
  if (historyLength >= moment.event) return true
  if (moment.after === 'event') return false
  const { pendingActivities } = raw
  return (pendingActivities ?? []).some((each) => each.activityId === moment.activity && each.state === STARTED)
}

type Hit = Pick<Struck, 'at' | 'pid'>

/** `undefined` where there is none at the moment. */
function strikeNow(target: Target, { machinery, place, random }: Struggle): Hit | undefined {
  const pid = target === 'child' ? childAtWork(place.folder, random) : machinery[target].process()?.pid
  if (pid === undefined) return undefined
  const at = Date.now()
  if (target === 'worker') process.kill(pid, 'SIGKILL')
  else killGroup(pid)
  return { at, pid }
}

/** One of those that work, if any does: each has written down where. */
function childAtWork(stateFolder: string, random: () => number): number | undefined {
  const folder = join(stateFolder, 'work/children')
  const names = orNone(() => readdirSync(folder))
  const working = names.filter((name) =>
    orNone(() => [readFileSync(join(folder, name), 'utf8')])[0]?.includes('workFolder'),
  )
  const name = working[Math.floor(random() * working.length)]
  return name === undefined ? undefined : Number(name.split('-')[0])
}

function orNone(read: () => readonly string[]): readonly string[] {
  try {
    return read()
  } catch {
    // It has ended since.
    return []
  }
}
