import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { declaredSchedules, idOf } from '../../cli/schedules/declared.ts'
import { scheduleOptions } from '../../cli/schedules/schedule-options.ts'
import { compile } from '../../dsl/compile.ts'
import { unitsOf } from '../../dsl/code-units.ts'
import { cron } from '../../dsl/index.ts'
import type { Schedule } from '../../dsl/lifecycle/schedule.ts'
import type { Plan } from '../../dsl/plan.ts'
import { eventually } from '../engine/eventually.ts'
import flightDelay from '../fixtures/flight-delay.ts'
import { aScheduleRig, hourlyRetrains, type ScheduleRig } from './schedule-rig.ts'

let rig: ScheduleRig

beforeAll(async () => {
  rig = await aScheduleRig()
  await rig.startWorker()
}, 120_000)

afterAll(() => rig.remove())

const MONTHLY: Schedule = { at: cron('0 4 1 * *'), timeZone: 'UTC', overlap: 'skip', catchUp: '1 day' }

function planWith(schedule: Schedule | undefined): Plan {
  const { lifecycle } = flightDelay
  if (lifecycle?.retrain === undefined) throw new Error('the fixture has a retrain')
  const retrain = { ...lifecycle.retrain, ...(schedule && { schedule }) }
  const pipeline = { ...flightDelay, lifecycle: { ...lifecycle, retrain } }
  const { trainers } = unitsOf(pipeline)
  return compile(pipeline, { code: Object.fromEntries(trainers.map((name) => [`trainer:${name}`, ''])), files: {} })
}

it('a plan asks for a schedule of runs, and for one of retrains that its monitor is asked for', () => {
  const [runs, ...others] = declaredSchedules(planWith(undefined))
  expect(runs).toMatchObject({
    name: 'flight-delay',
    starts: { workflow: 'launch' },
    spec: { timeZone: 'Europe/Berlin' },
  })
  expect(others).toEqual([])
  expect(declaredSchedules(planWith(MONTHLY)).slice(1)).toEqual([
    {
      name: 'flight-delay:retrain',
      spec: {
        at: { type: 'cron', expression: '0 4 1 * *' },
        timeZone: 'UTC',
        overlap: 'skip',
        catchUpMillis: 86_400_000,
      },
      starts: { workflow: 'askRetrain', input: { pipeline: 'flight-delay', service: 'flight-delay' } },
    },
  ])
})

it('a schedule of retrains asks the monitor, by the nominal time, and fails where there is none', async () => {
  const service = `asked-${randomUUID().slice(0, 8)}`
  const declared = hourlyRetrains(service)
  const { client, queue } = rig
  const schedule = await client.schedule.create(scheduleOptions(declared, { taskQueue: queue }))
  // Nobody works on that queue, so that what comes is there to be read.
  const listening = { workflowId: `monitor:${service}`, taskQueue: `nobody-${service}`, args: [] }
  try {
    await ask('2026-01-05T02:00:00Z')
    const asked = client.workflow.getHandle(`${idOf(declared.name)}-2026-01-05T02:00:00Z`)
    await expect(asked.result()).rejects.toMatchObject({ cause: { type: 'no-monitor' } })
    const monitor = await client.workflow.start('monitor', listening)
    await ask('2026-01-05T03:00:00Z')
    const signal = await eventually('a signal', async () => {
      const { events } = await monitor.fetchHistory()
      return events?.find((event) => event.workflowExecutionSignaledEventAttributes)
    })
    const { signalName, input } = signal.workflowExecutionSignaledEventAttributes ?? {}
    expect(signalName).toBe('retrain')
    expect(JSON.parse(Buffer.from(input?.payloads?.[0]?.data ?? []).toString('utf8'))).toEqual({
      id: '2026-01-05T03:00:00Z',
      cause: 'schedule',
      reason: 'due by schedule at 2026-01-05T03:00:00Z',
      by: `schedule:${service}`,
    })
    await monitor.terminate()
  } finally {
    await schedule.delete()
  }

  async function ask(time: string): Promise<void> {
    const end = new Date(time)
    await schedule.backfill({ start: new Date(end.getTime() - 1), end, overlap: 'BUFFER_ALL' })
    const workflow = client.workflow.getHandle(`${idOf(declared.name)}-${time}`)
    await eventually('it has asked', async () => {
      const described = await workflow.describe().catch(() => undefined)
      return described !== undefined && described.status.name !== 'RUNNING'
    })
  }
})
