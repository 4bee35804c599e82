/** Event time, in milliseconds since 1970: one for all plots of a page. */
export interface TimeAxis {
  readonly from: number
  readonly to: number
}

export interface Tick {
  /** 0 to 1, from the left or from the bottom. */
  readonly share: number
  readonly label: string
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
const STEPS = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY]
const MOST_TICKS = 7
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Where a moment is, 0 to 1; what is outside stands at the edge. */
export function timeShare({ from, to }: TimeAxis, millis: number): number {
  if (to <= from) return 0
  return Math.min(1, Math.max(0, (millis - from) / (to - from)))
}

/** At round times: few enough that their labels stand apart. */
export function timeTicks(axis: TimeAxis): readonly Tick[] {
  const step = STEPS.find((each) => (axis.to - axis.from) / each <= MOST_TICKS)
  const moments = step === undefined ? firstsOfMonths(axis) : multiples(axis, step)
  const label = step === undefined ? monthLabel : step < DAY ? hourLabel : dayLabel
  return moments.map((millis) => ({ share: timeShare(axis, millis), label: label(millis) }))
}

function multiples({ from, to }: TimeAxis, step: number): readonly number[] {
  // Days are counted from the first midnight on.
  const first = step > DAY ? Math.ceil(from / DAY) * DAY : Math.ceil(from / step) * step
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, index) => first + index * step)
}

function firstsOfMonths({ from, to }: TimeAxis): readonly number[] {
  const start = new Date(from)
  const months = Math.ceil((to - from) / (28 * DAY)) + 1
  const firsts = Array.from({ length: months }, (_, index) =>
    Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + index, 1),
  ).filter((millis) => millis >= from && millis <= to)
  const each = Math.ceil(firsts.length / MOST_TICKS)
  return firsts.filter((_, index) => index % each === 0)
}

/** `3 May` */
function dayLabel(millis: number): string {
  const date = new Date(millis)
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ''}`
}

function hourLabel(millis: number): string {
  return millis % DAY === 0 ? dayLabel(millis) : hourAndMinute(millis)
}

function hourAndMinute(millis: number): string {
  const date = new Date(millis)
  return [date.getUTCHours(), date.getUTCMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
}

function monthLabel(millis: number): string {
  const date = new Date(millis)
  return `${MONTHS[date.getUTCMonth()] ?? ''} ${date.getUTCFullYear()}`
}

/** `3 May 2001`, or `3 May 2001 06:00` where it is no midnight; UTC. */
export function momentLabel(millis: number): string {
  const day = `${dayLabel(millis)} ${new Date(millis).getUTCFullYear()}`
  return millis % DAY === 0 ? day : `${day} ${hourAndMinute(millis)}`
}
