import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../engine/eventually.ts'
import { aScheduleRig, type ScheduleRig } from './schedule-rig.ts'

let rig: ScheduleRig

beforeAll(async () => {
  rig = await aScheduleRig()
  await rig.startWorker()
}, 120_000)

afterAll(() => rig.remove())

const HOURLY = { at: "every('1 hour')" }

describe.concurrent('a schedule', () => {
  it('starts runs, each as of its nominal time, and none while it is paused', async () => {
    const ticked = await rig.ticking()
    expect(await ticked.create()).toEqual([{ name: ticked.name, state: 'created' }])
    const { info, policies, spec } = await ticked.until('two runs were started', (one) => one.info.numActionsTaken >= 2)
    expect({ ...policies, zone: spec.timezone }).toEqual({
      overlap: 'SKIP',
      catchupWindow: 60_000,
      pauseOnFailure: false,
      zone: 'Europe/Berlin',
    })
    const [first, second] = info.recentActions.map(({ scheduledAt }) => scheduledAt.toISOString().replace('.000Z', 'Z'))
    expect(await ticked.ended(first ?? '')).toEqual({ asOf: first, doubled: 2 })
    expect(await ticked.ended(second ?? '')).toEqual({ asOf: second, doubled: 2 })
    await ticked.schedule.pause('test')
    const { info: paused } = await ticked.until('all have ended', (one) => one.info.runningActions.length === 0)
    const [launch] = paused.recentActions
    const launched = rig.client.workflow.getHandle(launch?.action.workflow.workflowId ?? '')
    expect(await launched.result()).toEqual({ run: ticked.run(instant(launch?.scheduledAt)), outcome: 'completed' })
    // A backfill later than two nominal times says that they have gone by.
    await ticked.backfill('2026-01-05T02:00:00Z', '2026-01-05T02:00:01Z')
    expect((await ticked.schedule.describe()).info.numActionsTaken).toBe(paused.numActionsTaken + 2)
  })

  it('makes up for what was missed, one run a nominal time, however often it is asked for', async () => {
    const ticked = await rig.ticking()
    await ticked.create()
    await ticked.schedule.pause('test')
    const times = ['2026-01-05T02:00:00Z', '2026-01-05T02:00:01Z', '2026-01-05T02:00:02Z']
    await ticked.until('all have ended', (one) => one.info.runningActions.length === 0)
    const ran = times.map((time) => ({ run: ticked.run(time), outcome: 'completed' }))
    expect(await ticked.backfill(times[0] ?? '', times[2] ?? '')).toEqual(ran)
    expect(await ticked.backfill(times[0] ?? '', times[2] ?? '')).toEqual(
      ran.map(({ run }) => ({ run, outcome: 'known' })),
    )
    for (const time of times) expect(ticked.counts()[`${time} 1`]).toBe(1)
    await eventually('the list has the runs', async () => (await ticked.executions(ticked.run(times[0] ?? ''))) === 1)
  })

  it('runs a nominal time again whose run has failed', async () => {
    const ticked = await rig.ticking({
      ...HOURLY,
      body: "if (!existsSync(outside(NAME))) throw new RangeError('not yet')",
    })
    await ticked.create()
    const time = '2026-01-05T02:00:00Z'
    await expect(ticked.backfill(time, time)).rejects.toMatchObject({
      cause: { type: 'run-failed', message: expect.stringContaining('threw RangeError: not yet') },
    })
    await ticked.release()
    expect(await ticked.backfill(time, time)).toEqual([{ run: ticked.run(time), outcome: 'completed' }])
  })

  it('leaves out what falls due while a run is going on, if it says so', async () => {
    const ticked = await rig.ticking({ body: 'await untilThere(NAME)' })
    await ticked.create()
    const described = await ticked.until('two were left out', (one) => one.info.numActionsSkippedOverlap >= 2)
    expect(described.info).toMatchObject({ numActionsTaken: 1, runningActions: [{}] })
    await ticked.release()
    await ticked.until('the next one was started', (one) => one.info.numActionsTaken >= 2)
  })

  it('ends the older run for the newer one, if it says so', async () => {
    const ticked = await rig.ticking({ ...HOURLY, overlap: 'cancel-older', body: 'await untilThere(NAME)' })
    await ticked.create()
    // A backfill that says nothing of it goes by the schedule's policy.
    const due = (time: string) => {
      const end = new Date(time)
      return ticked.schedule.backfill({ start: new Date(end.getTime() - 1), end })
    }
    const [older, newer] = ['2026-01-05T02:00:00Z', '2026-01-05T03:00:00Z'] as const
    await due(older)
    const run = rig.client.workflow.getHandle(ticked.run(older))
    await eventually('the older run', () => run.describe().catch(() => undefined))
    await due(newer)
    await expect(run.result()).rejects.toThrow('cancelled')
    await ticked.release()
    expect(await ticked.ended(newer)).toEqual({ asOf: newer, doubled: 2 })
  })

  it('follows the plan when it is created again, stays paused, and goes with what asked for it', async () => {
    const ticked = await rig.ticking(HOURLY)
    await ticked.create()
    await ticked.schedule.pause('moving house')
    const { name } = ticked
    expect(await ticked.create({ at: "cron('0 3 * * 1')", overlap: 'buffer-one' })).toEqual([
      { name, state: 'updated' },
    ])
    const { spec, policies, state, info } = await ticked.schedule.describe()
    expect(policies.overlap).toBe('BUFFER_ONE')
    expect(state).toMatchObject({ paused: true, note: 'moving house' })
    expect(spec.intervals ?? []).toEqual([])
    const berlin = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/Berlin',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
    })
    expect(info.nextActionTimes.slice(0, 3).map((time) => berlin.format(time))).toEqual(Array(3).fill('Mon 03:00'))
    // Sunday is 0 or 7.
    await ticked.create({ at: "cron('30 1 * * 7')" })
    const { nextActionTimes } = (await ticked.schedule.describe()).info
    expect(nextActionTimes.slice(0, 2).map((time) => berlin.format(time))).toEqual(Array(2).fill('Sun 01:30'))
    expect(await ticked.create({ scheduled: false })).toEqual([{ name, state: 'removed' }])
    expect(await ticked.create({ scheduled: false })).toEqual([])
  })
})

function instant(date: Date | undefined): string {
  return date?.toISOString().replace('.000Z', 'Z') ?? ''
}
