import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../engine/eventually.ts'
import { aScheduleRig, type ScheduleRig } from './schedule-rig.ts'
import { tickingPipeline, type Ticking } from './ticking.ts'

const rigs: ScheduleRig[] = []

async function aWorkingRig(ticking: Omit<Ticking, 'name'> = {}): Promise<ScheduleRig> {
  const rig = await aScheduleRig(ticking)
  rigs.push(rig)
  await rig.startWorker()
  return rig
}

afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.remove()))
})

const HOURLY = { at: "every('1 hour')" }

describe('a schedule', () => {
  it('starts runs, each as of its nominal time, and none while it is paused', async () => {
    const rig = await aWorkingRig()
    expect(await rig.create()).toEqual([{ name: rig.name, state: 'created' }])
    const { info, policies, spec } = await rig.until('two runs were started', (one) => one.info.numActionsTaken >= 2)
    expect({ ...policies, zone: spec.timezone }).toEqual({
      overlap: 'SKIP',
      catchupWindow: 60_000,
      pauseOnFailure: false,
      zone: 'Europe/Berlin',
    })
    const [first, second] = info.recentActions.map(({ scheduledAt }) => scheduledAt.toISOString().replace('.000Z', 'Z'))
    expect(await rig.ended(first ?? '')).toEqual({ asOf: first, doubled: 2 })
    expect(await rig.ended(second ?? '')).toEqual({ asOf: second, doubled: 2 })
    await rig.schedule.pause('test')
    const { info: paused } = await rig.until('all have ended', (one) => one.info.runningActions.length === 0)
    const [launch] = paused.recentActions
    const launched = rig.client.workflow.getHandle(launch?.action.workflow.workflowId ?? '')
    expect(await launched.result()).toEqual({ run: rig.run(instant(launch?.scheduledAt)), outcome: 'completed' })
    // A backfill later than two nominal times says that they have gone by.
    await rig.backfill('2026-01-05T02:00:00Z', '2026-01-05T02:00:01Z')
    expect((await rig.schedule.describe()).info.numActionsTaken).toBe(paused.numActionsTaken + 2)
  })

  it('makes up for what was missed, one run a nominal time, however often it is asked for', async () => {
    const rig = await aWorkingRig()
    await rig.create()
    await rig.schedule.pause('test')
    const times = ['2026-01-05T02:00:00Z', '2026-01-05T02:00:01Z', '2026-01-05T02:00:02Z']
    await rig.until('all have ended', (one) => one.info.runningActions.length === 0)
    const ran = times.map((time) => ({ run: rig.run(time), outcome: 'completed' }))
    expect(await rig.backfill(times[0] ?? '', times[2] ?? '')).toEqual(ran)
    expect(await rig.backfill(times[0] ?? '', times[2] ?? '')).toEqual(
      ran.map(({ run }) => ({ run, outcome: 'known' })),
    )
    for (const time of times) expect(rig.counts()[`${time} 1`]).toBe(1)
    await eventually('the list has the runs', async () => (await rig.executions(rig.run(times[0] ?? ''))) === 1)
  })

  it('runs a nominal time again whose run has failed', async () => {
    const rig = await aWorkingRig({
      ...HOURLY,
      body: "if (!existsSync(outside('mended'))) throw new RangeError('not yet')",
    })
    await rig.create()
    const time = '2026-01-05T02:00:00Z'
    await expect(rig.backfill(time, time)).rejects.toMatchObject({
      cause: { type: 'run-failed', message: expect.stringContaining('threw RangeError: not yet') },
    })
    await writeFile(join(rig.project.stateFolder, 'mended'), '')
    expect(await rig.backfill(time, time)).toEqual([{ run: rig.run(time), outcome: 'completed' }])
  })

  it('leaves out what falls due while a run is going on, if it says so', async () => {
    const rig = await aWorkingRig({ body: "await untilThere('end')" })
    await rig.create()
    const described = await rig.until('two were left out', (one) => one.info.numActionsSkippedOverlap >= 2)
    expect(described.info).toMatchObject({ numActionsTaken: 1, runningActions: [{}] })
    await writeFile(join(rig.project.stateFolder, 'end'), '')
    await rig.until('the next one was started', (one) => one.info.numActionsTaken >= 2)
  })

  it('ends the older run for the newer one, if it says so', async () => {
    const rig = await aWorkingRig({ overlap: 'cancel-older', body: "await untilThere('end')" })
    await rig.create()
    const { info } = await rig.until('another was started', (one) => one.info.numActionsTaken >= 2)
    const older = rig.client.workflow.getHandle(rig.run(instant(info.recentActions[0]?.scheduledAt)))
    await rig.schedule.pause('test')
    await eventually('the older run was cancelled', async () => (await older.describe()).status.name === 'CANCELLED')
    await writeFile(join(rig.project.stateFolder, 'end'), '')
  })

  it('follows the plan when it is created again, stays paused, and goes with what asked for it', async () => {
    const rig = await aWorkingRig(HOURLY)
    await rig.create()
    await rig.schedule.pause('moving house')
    const { name, project } = rig
    await project.write({
      'cron.ts': tickingPipeline({ name, at: "cron('0 3 * * 1')", overlap: 'buffer-one' }),
      'none.ts': tickingPipeline({ name, scheduled: false }),
    })
    expect(await rig.create(await project.prepare('cron.ts'))).toEqual([{ name, state: 'updated' }])
    const { spec, policies, state, info } = await rig.schedule.describe()
    expect(policies.overlap).toBe('BUFFER_ONE')
    expect(state).toMatchObject({ paused: true, note: 'moving house' })
    expect(spec.intervals ?? []).toEqual([])
    const berlin = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/Berlin',
      weekday: 'short',
      timeStyle: undefined,
      hour: '2-digit',
      minute: '2-digit',
    })
    expect(info.nextActionTimes.slice(0, 3).map((time) => berlin.format(time))).toEqual(Array(3).fill('Mon 03:00'))
    expect(await rig.create(await project.prepare('none.ts'))).toEqual([{ name, state: 'removed' }])
    expect(await rig.create(await project.prepare('none.ts'))).toEqual([])
  })
})

function instant(date: Date | undefined): string {
  return date?.toISOString().replace('.000Z', 'Z') ?? ''
}
