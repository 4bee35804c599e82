import type { Issue } from '../../check/issue.ts'
import { type Duration, millisOf } from '../../units.ts'
import type { Schedule, Times } from '../schedule.ts'
import { durations } from './amounts.ts'

/** What a time zone database and a clock have to accept. */
export function scheduleIssues(place: string, schedule: Schedule | undefined): readonly Issue[] {
  if (schedule === undefined) return []
  const { at, timeZone, catchUp } = schedule
  return [...timesIssues(`${place}.at`, at), ...zoneIssues(place, timeZone), ...catchUpIssues(place, catchUp)]
}

/** Temporal takes a shorter one for this, without a word. */
const SHORTEST_CATCH_UP_MILLIS = 10_000

function catchUpIssues(place: string, catchUp: Duration): readonly Issue[] {
  const unfit = durations([[`${place}.catchUp`, catchUp]])
  if (unfit.length > 0 || (millisOf(catchUp) ?? 0) >= SHORTEST_CATCH_UP_MILLIS) return unfit
  const message = `expected at least "10 seconds", got "${catchUp}"`
  return [{ rule: 'schedule', place: `${place}.catchUp`, message, remedy: 'lengthen it' }]
}

function timesIssues(place: string, at: Times): readonly Issue[] {
  if (at.type === 'cron') return isCron(at.expression) ? [] : [notCron(place, at.expression)]
  const unfit = durations([[place, at.every]])
  const [interval, offset] = [millisOf(at.every) ?? 0, millisOf(at.offset) ?? Number.NaN]
  if (unfit.length > 0) return unfit
  if (interval % 1000 !== 0 || offset % 1000 !== 0) {
    const got = `expected whole seconds, got every "${at.every}" + "${at.offset}"`
    return [{ rule: 'schedule', place, message: got, remedy: 'round them' }]
  }
  if (offset >= 0 && offset < interval) return []
  const message = `expected an offset from "0 seconds" to below "${at.every}", got "${at.offset}"`
  return [{ rule: 'schedule', place, message, remedy: 'change the offset' }]
}

/** The five fields' ranges: minute, hour, day of month, month, day of week. */
const FIELDS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const

function isCron(expression: string): boolean {
  const fields = expression.split(' ')
  return (
    fields.length === FIELDS.length && FIELDS.every(([low, high], index) => isField(fields[index] ?? '', low, high))
  )
}

/** A list of `*`, `n` or `n-m`, each with an optional step, as in Temporal's own cron. */
function isField(field: string, low: number, high: number): boolean {
  return field.split(',').every((part) => {
    const [whole, from, to, step] = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part) ?? []
    if (whole === undefined) return false
    const first = Number(from ?? low)
    const last = Number(to ?? from ?? high)
    return first >= low && last <= high && first <= last && Number(step ?? 1) >= 1
  })
}

function notCron(place: string, expression: string): Issue {
  const message = `expected five cron fields in range, got "${expression}"`
  return { rule: 'schedule', place, message, remedy: 'write minute, hour, day, month and weekday as in "0 3 * * 1"' }
}

function zoneIssues(place: string, timeZone: string): readonly Issue[] {
  if (isTimeZone(timeZone)) return []
  const message = `expected an IANA time zone, got "${timeZone}"`
  return [{ rule: 'schedule', place: `${place}.timeZone`, message, remedy: 'write it as "Europe/Berlin" or "UTC"' }]
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
