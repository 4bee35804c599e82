import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { doctor } from '../../cli/doctor.ts'
import { runText, summaryOf } from '../../cli/run/status-text.ts'
import { loadSettings } from '../../config/settings.ts'
import { eventually } from '../engine/eventually.ts'
import { aProject } from '../engine/project.ts'
import { aRig, type Rig } from '../engine/rig.ts'

let rig: Rig

beforeAll(async () => {
  rig = await aRig(inject('temporalAddress'), await aProject({}))
  await rig.startWorker()
})

afterAll(async () => {
  await rig.close()
  await rig.project.remove()
})

it('a run in which the code of the engine fails is told by status and doctor', { timeout: 120_000 }, async () => {
  // A graph that no compiler makes: its only node has a policy that is not there.
  const skeleton = { pipeline: 'broken', policies: [], nodes: [{ id: 'a' }], results: [0] }
  const workflowId = `run:broken:${randomUUID()}`
  const run = { workflowId, taskQueue: rig.queue, args: [{ order: '', skeleton }] }
  const handle = await rig.client.workflow.start('runPipeline', run)
  try {
    const described = await eventually('its task has failed twice', async () => {
      const found = await handle.describe()
      return (summaryOf(found).taskFailures ?? 0) >= 2 ? found : undefined
    })
    const text = runText({ summary: summaryOf(described), status: undefined }, { colour: false, nowMillis: Date.now() })
    expect(text).toMatch(/stands still: its workflow task failed \d+ times in a row; the worker's log says why/)
    const env = { TEMPORAL_ADDRESS: inject('temporalAddress'), ANNEAL_QUEUE: rig.queue }
    const checks = await doctor(loadSettings({ from: rig.project.root, env }))
    expect(checks.find(({ name }) => name === 'workflows')).toMatchObject({
      outcome: 'warn',
      found: expect.stringContaining(`1 of 1 stand still, such as ${workflowId}`),
    })
    // With enough of its stack to find the place.
    expect(rig.log()).toMatch(/skeleton: expected an index below 0, got 0\n +at .*workflows\/skeleton\.ts:\d+/)
  } finally {
    await handle.terminate()
  }
})
