import type proto from '@temporalio/proto'

export type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent

export const TARGETS = ['worker', 'child', 'server'] as const
export type Target = (typeof TARGETS)[number]

/** When something is killed: once a run has so many events, or so long into an activity. */
export type Moment =
  | { readonly after: 'event'; readonly event: number; readonly type: string }
  | {
      readonly after: 'start'
      /** The run's events when the undisturbed one started it: by then it is under way or over. */
      readonly event: number
      readonly activity: string
      readonly node: string
      readonly millis: number
    }

export interface Kill {
  readonly target: Target
  readonly moment: Moment
}

/** Every moment at which a run that went like this one can be hit: after each event but the last, and during each activity. */
export function momentsOf(events: readonly HistoryEvent[], random: () => number): readonly Moment[] {
  const afterEvents = events.slice(0, -1).map((event, index): Moment => {
    return { after: 'event', event: index + 1, type: typeOf(event) }
  })
  return [...afterEvents, ...events.flatMap((event, index) => duringActivity(events, { event, index, random }))]
}

/** So many of them, each moment before any comes twice, and the targets in turn. */
export function drawKills(
  moments: readonly Moment[],
  {
    kills,
    targets,
    random,
  }: { readonly kills: number; readonly targets: readonly Target[]; readonly random: () => number },
): readonly Kill[] {
  const order: Moment[] = []
  while (order.length < kills && moments.length > 0) order.push(...shuffled(moments, random))
  return order.slice(0, kills).map((moment, place) => ({ moment, target: targets[place % targets.length] ?? 'worker' }))
}

export function momentText(moment: Moment): string {
  if (moment.after === 'event') return `after event ${moment.event}, ${moment.type}`
  return `${moment.millis} ms into activity ${moment.activity}, ${moment.node}`
}

/** Milliseconds since 1970. */
export function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6
}

interface Started {
  readonly event: HistoryEvent
  readonly index: number
  readonly random: () => number
}

function duringActivity(events: readonly HistoryEvent[], { event, index, random }: Started): readonly Moment[] {
  const started = event.activityTaskStartedEventAttributes
  if (!started) return []
  const scheduled = events.find(({ eventId }) => String(eventId) === String(started.scheduledEventId))
  const ended = events.find((each) => {
    const { startedEventId } = each.activityTaskCompletedEventAttributes ?? {}
    return startedEventId !== undefined && String(startedEventId) === String(event.eventId)
  })
  const activity = scheduled?.activityTaskScheduledEventAttributes?.activityId
  if (!scheduled || !ended || !activity) return []
  const millis = Math.floor(random() * (timeOf(ended) - timeOf(event)))
  return [{ after: 'start', event: index + 1, activity, node: summaryOf(scheduled), millis }]
}

/** The node's id, as the run gives it to the server for people to read. */
function summaryOf({ userMetadata, activityTaskScheduledEventAttributes }: HistoryEvent): string {
  const bytes = userMetadata?.summary?.data
  if (bytes) return String(JSON.parse(Buffer.from(bytes).toString('utf8')))
  return activityTaskScheduledEventAttributes?.activityType?.name ?? 'activity'
}

/** `ActivityTaskStarted`: the one field of attributes that an event has says what it is. */
function typeOf(event: HistoryEvent): string {
  const field = Object.keys(event).find((name) => name.endsWith('EventAttributes')) ?? ''
  return `${field.slice(0, 1).toUpperCase()}${field.slice(1)}`.replace('EventAttributes', '')
}

function shuffled<T>(elements: readonly T[], random: () => number): readonly T[] {
  return elements
    .map((element) => ({ element, place: random() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ element }) => element)
}
