import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../engine/eventually.ts'
import { aSupervisedWorker, type SupervisedWorker } from '../engine/supervised-worker.ts'
import { aScheduleRig, type ScheduleRig } from './schedule-rig.ts'

let rig: ScheduleRig
let worker: SupervisedWorker

beforeAll(async () => {
  rig = await aScheduleRig()
  worker = await aSupervisedWorker(rig)
}, 120_000)

afterAll(async () => {
  await worker.stop({ atOnce: true })
  await rig.remove()
})

/** On a busy machine a kill comes late, and cuts the step off. */
const BORNE = { attempts: 20 }
const FAST = { everyMillis: 1, withinMillis: 30_000 }

/** As soon as the order is in the store, which is before the workflow knows of it. */
async function killOnceOrdered(): Promise<void> {
  const before = (await artifacts()).length
  await eventually('an order', async () => (await artifacts()).length > before, FAST)
  process.kill(worker.pid(), 'SIGKILL')
}

async function artifacts(): Promise<readonly string[]> {
  return readdir(join(rig.project.stateFolder, 'store', 'artifacts'), { recursive: true })
}

it('SIGKILL between order and start leaves one run of each nominal time', { timeout: 120_000 }, async () => {
  const ticked = await rig.ticking({ at: "every('1 hour')", ...BORNE })
  await ticked.create()
  const times = ['2026-01-05T02:00:00Z', '2026-01-05T03:00:00Z']
  for (const time of times) {
    const killed = killOnceOrdered()
    expect(await ticked.backfill(time, time)).toEqual([{ run: ticked.run(time), outcome: 'completed' }])
    await killed
  }
  // The code of a step that was cut off runs again: what counts is the runs.
  expect(Object.keys(ticked.counts()).toSorted()).toEqual(times.map((time) => `${time} 1`))
  for (const time of times) await eventually('one run', async () => (await ticked.executions(ticked.run(time))) === 1)
})

it('SIGKILL between order and start leaves one run of each trigger', { timeout: 120_000 }, async () => {
  const ticked = await rig.ticking(BORNE)
  const workflowId = `triggers:${ticked.name}`
  const args = [{ pipeline: ticked.name }]
  const asOf = '2001-04-01T00:00:00Z'
  for (const id of ['1', '2']) {
    const killed = killOnceOrdered()
    const signalArgs = [{ name: 'replay', id, payload: { asOf, amount: Number(id) } }]
    await rig.client.workflow.signalWithStart('triggers', {
      workflowId,
      taskQueue: rig.queue,
      args,
      signal: 'trigger',
      signalArgs,
    })
    expect(await ticked.ended(`replay-${id}`)).toEqual({ asOf, doubled: 2 * Number(id) })
    await killed
  }
  expect(Object.keys(ticked.counts()).toSorted()).toEqual([`${asOf} 1`, `${asOf} 2`])
  for (const id of ['1', '2']) {
    await eventually('one run', async () => (await ticked.executions(ticked.run(`replay-${id}`))) === 1)
  }
})
