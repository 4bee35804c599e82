import { join } from 'node:path'
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sendTrigger } from '../../cli/triggers/send-trigger.ts'
import { eventually } from '../engine/eventually.ts'
import { aScheduleRig, type ScheduleRig } from './schedule-rig.ts'

const WORKFLOWS = join(import.meta.dirname, '../../workflows')

let rig: ScheduleRig

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  rig = await aScheduleRig()
  await rig.startWorker()
}, 120_000)

afterAll(() => rig.remove())

type Histories = Parameters<typeof Worker.runReplayHistories>[1]

it(
  'histories of launches and of triggers replay, those that continue as new included',
  { timeout: 180_000 },
  async () => {
    const histories: { readonly workflowId: string; readonly history: unknown }[] = []
    const keep = async (workflowId: string, runId?: string): Promise<void> => {
      histories.push({ workflowId, history: await rig.client.workflow.getHandle(workflowId, runId).fetchHistory() })
    }
    const ticked = await rig.ticking({ at: "every('1 hour')" })
    await ticked.create()
    const time = '2026-01-05T02:00:00Z'
    for (const outcome of ['completed', 'known']) {
      expect(await ticked.backfill(time, time)).toEqual([{ run: ticked.run(time), outcome }])
      await keep(`schedule:${ticked.name}-${time}`)
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
    await keep(workflowId, firstExecutionRunId)
    await keep(workflowId)
    const code = await bundleWorkflowCode({
      workflowsPath: join(WORKFLOWS, 'workflows.ts'),
      workflowInterceptorModules: [join(WORKFLOWS, 'in-turn.ts')],
      logger: new DefaultLogger('WARN'),
    })
    const failed: string[] = []
    for await (const { error } of Worker.runReplayHistories({ workflowBundle: code }, histories as Histories)) {
      if (error !== undefined) failed.push(error.message)
    }
    expect(failed).toEqual([])
    expect(histories).toHaveLength(4)
  },
)
