import { expect, it } from 'vitest'
import { sendTrigger } from '../../cli/triggers/send-trigger.ts'
import { idOf } from '../../cli/schedules/declared.ts'
import { scheduleOptions } from '../../cli/schedules/schedule-options.ts'
import { eventually } from '../engine/eventually.ts'
import { aScheduleRig, hourlyRetrains, type ScheduleRig } from '../schedule/schedule-rig.ts'
import { aRecorder } from './corpus.ts'

const TIME = '2026-01-05T02:00:00Z'

it('what schedules start, and triggers', async () => {
  const rig = await aScheduleRig()
  try {
    await rig.startWorker()
    const recorder = await aRecorder('schedules', rig.client)
    const ticked = await rig.ticking({ at: "every('1 hour')" })
    await ticked.create()
    for (const outcome of ['completed', 'known']) {
      expect(await ticked.backfill(TIME, TIME)).toEqual([{ run: ticked.run(TIME), outcome }])
      await recorder.keep(`launch-${outcome}`, `schedule:${ticked.name}-${TIME}`)
    }

    const workflowId = `triggers:${ticked.name}`
    const start = { workflowId, taskQueue: rig.queue, args: [{ pipeline: ticked.name, maxEvents: 40 }] }
    const { firstExecutionRunId } = await rig.client.workflow.start('triggers', start)
    const handle = rig.client.workflow.getHandle(workflowId)
    const listener = { client: rig.client, pipeline: ticked.name, taskQueue: rig.queue }
    for (const id of ['1', '2', '3', '1']) {
      await Promise.all(['x', 'y'].map((other) => handle.signal('trigger', { name: 'other', id: `${other}${id}` })))
      await sendTrigger(listener, { name: 'replay', id, payload: { amount: Number(id) } })
    }
    await eventually('it continued as new', async () => (await handle.describe()).runId !== firstExecutionRunId)
    await recorder.keep('triggers', workflowId)

    await recorder.keep('ask-retrain', await askedFor(rig, ticked.name))
  } finally {
    await rig.remove()
  }
})

/** A schedule of retrains, once it has asked the service's monitor. */
async function askedFor({ client, queue }: ScheduleRig, service: string): Promise<string> {
  const declared = hourlyRetrains(service)
  // Nobody works on that queue.
  const monitor = await client.workflow.start('monitor', {
    workflowId: `monitor:${service}`,
    taskQueue: `nobody-${service}`,
    args: [],
  })
  const schedule = await client.schedule.create(scheduleOptions(declared, { taskQueue: queue }))
  try {
    const end = new Date(TIME)
    await schedule.backfill({ start: new Date(end.getTime() - 1), end, overlap: 'BUFFER_ALL' })
    const workflowId = `${idOf(declared.name)}-${TIME}`
    await eventually('it has asked', async () => {
      const described = await client.workflow
        .getHandle(workflowId)
        .describe()
        .catch(() => undefined)
      return described?.status.name === 'COMPLETED'
    })
    return workflowId
  } finally {
    await Promise.all([schedule.delete(), monitor.terminate()])
  }
}
