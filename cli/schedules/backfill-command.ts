import type { Client } from '@temporalio/client'
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js'
import { CliError } from '../errors.ts'
import { idOf } from './declared.ts'
import { withSchedule } from './with-schedule.ts'

/** So many wait at most in a schedule, those that fell due meanwhile included. */
const MOST_WAITING = 1000

export interface BackfillFlags {
  readonly from: Date
  readonly to: Date
  readonly json?: boolean
}

/**
 * `anneal schedule backfill NAME --from --to`: runs for the scheduled times from the one to the other, both included, one
 * after another, whether or not the schedule is paused. Throws `schedule-unknown`, `nothing-to-backfill`, `usage`.
 */
export async function backfillCommand(name: string, { from, to, json = false }: BackfillFlags): Promise<void> {
  requireOrder(from, to)
  const times = await withSchedule(name, async ({ client, handle }) => {
    await handle.describe()
    const found = await matchingTimes(client, { name, from, to })
    requireFew(name, found)
    // The start counts or does not, by the server's version: this is right by either.
    await handle.backfill({ start: new Date(from.getTime() - 1), end: to, overlap: 'BUFFER_ALL' })
    return found
  })
  const told = times.map((date) => date.toISOString().replace('.000Z', 'Z'))
  if (json) process.stdout.write(`${JSON.stringify({ name, times: told })}\n`)
  else
    process.stdout.write(
      `${told.length} to run, one after another: ${told[0]}${told.length > 1 ? ` to ${told.at(-1)}` : ''}\n`,
    )
}

interface Range {
  readonly name: string
  readonly from: Date
  readonly to: Date
}

async function matchingTimes(client: Client, { name, from, to }: Range): Promise<readonly Date[]> {
  const { startTime } = await client.workflowService.listScheduleMatchingTimes({
    namespace: client.options.namespace,
    scheduleId: idOf(name),
    startTime: msToTs(from.getTime() - 1),
    endTime: msToTs(to.getTime()),
  })
  return startTime.map((time) => new Date(tsToMs(time)))
}

function requireOrder(from: Date, to: Date): void {
  if (from <= to && to.getTime() <= Date.now()) return
  throw new CliError('usage', {
    message: 'a backfill is of scheduled times that are over',
    expected: '--from before --to, --to not after now',
    got: `${from.toISOString()} to ${to.toISOString()}`,
    remedy: 'give instants of the past, the older one first',
  })
}

function requireFew(name: string, times: readonly Date[]): void {
  if (times.length > 0 && times.length < MOST_WAITING) return
  throw new CliError('nothing-to-backfill', {
    message: `schedule "${name}" cannot be made up for in that time`,
    expected: `1 to ${MOST_WAITING - 1} scheduled times`,
    got: String(times.length),
    remedy: times.length === 0 ? 'look at its times with `anneal schedule list`' : 'backfill a part at a time',
  })
}
