import { expect, it } from 'vitest'
import { drawKills, momentsOf, momentText, type HistoryEvent } from '../../../cli/chaos/moments.ts'

const at = (seconds: number) => ({ eventTime: { seconds: seconds as unknown as Long, nanos: 0 } })
type Long = NonNullable<NonNullable<HistoryEvent['eventTime']>['seconds']>
const id = (number: number): Long => number as unknown as Long

/** One activity of ten seconds. */
const EVENTS: readonly HistoryEvent[] = [
  { eventId: id(1), ...at(0), workflowExecutionStartedEventAttributes: {} },
  {
    eventId: id(2),
    ...at(1),
    activityTaskScheduledEventAttributes: { activityId: '7', activityType: { name: 'runTask' } },
    userMetadata: { summary: { data: Buffer.from('"split"') } },
  },
  { eventId: id(3), ...at(2), activityTaskStartedEventAttributes: { scheduledEventId: id(2) } },
  { eventId: id(4), ...at(12), activityTaskCompletedEventAttributes: { startedEventId: id(3) } },
  { eventId: id(5), ...at(13), workflowExecutionCompletedEventAttributes: {} },
]

it('a run can be hit after each event but the last, and during each activity', () => {
  const moments = momentsOf(EVENTS, () => 0.25)
  expect(moments.map(momentText)).toEqual([
    'after event 1, WorkflowExecutionStarted',
    'after event 2, ActivityTaskScheduled',
    'after event 3, ActivityTaskStarted',
    'after event 4, ActivityTaskCompleted',
    '2500 ms into activity 7, split',
  ])
})

it('each moment is drawn before any is drawn twice, and the targets in turn', () => {
  const moments = momentsOf(EVENTS, () => 0.25)
  let draw = 0
  const kills = drawKills(moments, { kills: 12, targets: ['worker', 'server'], random: () => ((draw += 7) % 10) / 10 })
  expect(kills).toHaveLength(12)
  expect(new Set(kills.slice(0, 5).map(({ moment }) => momentText(moment))).size).toBe(5)
  expect(kills.slice(0, 3).map(({ target }) => target)).toEqual(['worker', 'server', 'worker'])
})

it('nothing is drawn of a run that has no moments', () => {
  expect(drawKills([], { kills: 3, targets: ['worker'], random: () => 0 })).toEqual([])
})
