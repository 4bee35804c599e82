import { setTimeout as pause } from 'node:timers/promises'
import type { ScheduleDescription, ScheduleHandle } from '@temporalio/client'

const PATIENCE_MILLIS = 5000
const PAUSE_MILLIS = 100

/** A schedule takes up a change a moment after the server has answered: until then it tells what was before. */
export async function untilSeen(
  handle: ScheduleHandle,
  isSeen: (described: ScheduleDescription) => boolean,
): Promise<void> {
  const given = performance.now() + PATIENCE_MILLIS
  while (!isSeen(await handle.describe()) && performance.now() < given) await pause(PAUSE_MILLIS)
}
