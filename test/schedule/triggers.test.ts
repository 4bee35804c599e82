import { join } from 'node:path'
import type { Client } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Trigger } from '../../activities/launch/requests.ts'
import { listenTo, sendTrigger, type Listener } from '../../cli/triggers/send-trigger.ts'
import { audit } from '../../store/audit.ts'
import { trusted } from '../../store/signing/keys.ts'
import type { TriggersStatus } from '../../workflows/triggers-state.ts'
import { eventually } from '../engine/eventually.ts'
import { aScheduleRig, type ScheduleRig, type Ticked } from './schedule-rig.ts'

let rig: ScheduleRig

beforeAll(async () => {
  rig = await aScheduleRig()
  await rig.startWorker()
}, 120_000)

afterAll(() => rig.remove())

const AS_OF = '2001-04-01T00:00:00Z'

function listenerOf({ name }: Ticked): Listener {
  return { client: rig.client, pipeline: name, taskQueue: rig.queue }
}

function statusOf(client: Client, { name }: Ticked): Promise<TriggersStatus> {
  return client.workflow.getHandle(`triggers:${name}`).query<TriggersStatus>('status')
}

/** Once so many were treated. */
function treated(ticked: Ticked, wanted: number): Promise<TriggersStatus> {
  return eventually(`${wanted} triggers were treated`, async () => {
    const status = await statusOf(rig.client, ticked)
    const { started, known, refused } = status.counts
    return started + known + refused >= wanted && status
  })
}

function payloadOf(id: string): Trigger['payload'] {
  return { asOf: AS_OF, amount: Number(id) + 1 }
}

describe.concurrent('a trigger', () => {
  it('starts a run with its payload as parameters, and one for each name and id', async () => {
    const ticked = await rig.ticking()
    const listener = listenerOf(ticked)
    const sent = { name: 'replay', id: 'order-7', payload: { asOf: AS_OF, amount: 21 } }
    const run = ticked.run('replay-order-7')
    expect(await sendTrigger(listener, sent)).toEqual({ state: 'started', run })
    expect(await ticked.ended('replay-order-7')).toEqual({ asOf: AS_OF, doubled: 42 })
    expect(await sendTrigger(listener, { ...sent, payload: { amount: 1 } })).toEqual({ state: 'known', run })
    expect((await statusOf(rig.client, ticked)).counts).toEqual({ started: 1, known: 1, refused: 0 })
    expect(ticked.counts()).toEqual({ [`${AS_OF} 21`]: 1 })
    await eventually('the list has the run', async () => (await ticked.executions(run)) === 1)
  })

  it('comes as a signal as well, by any client, as an object or its text', async () => {
    const ticked = await rig.ticking()
    await listenTo(listenerOf(ticked))
    const handle = rig.client.workflow.getHandle(`triggers:${ticked.name}`)
    await handle.signal('trigger', { name: 'replay', id: '1', payload: { asOf: AS_OF, amount: 2 } })
    await handle.signal('trigger', JSON.stringify({ name: 'replay', id: '2', payload: { asOf: AS_OF, amount: 3 } }))
    await handle.signal('trigger', { name: 'replay', id: '1', payload: { asOf: AS_OF, amount: 2 } })
    expect(await ticked.ended('replay-1')).toEqual({ asOf: AS_OF, doubled: 4 })
    expect(await ticked.ended('replay-2')).toEqual({ asOf: AS_OF, doubled: 6 })
    expect((await treated(ticked, 3)).counts).toEqual({ started: 2, known: 1, refused: 0 })
  })

  it('that says no asOf is as of when it came', async () => {
    const ticked = await rig.ticking()
    const before = Math.floor(Date.now() / 1000) * 1000
    await sendTrigger(listenerOf(ticked), { name: 'replay', id: 'now', payload: { amount: 1 } })
    const output = (await ticked.ended('replay-now')) as { readonly asOf: string }
    expect(output.asOf).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(Date.parse(output.asOf)).toBeGreaterThanOrEqual(before)
    expect(Date.parse(output.asOf)).toBeLessThanOrEqual(Date.now())
  })

  it('that is wrong starts nothing, is answered with what is wrong, and is written down', async () => {
    const ticked = await rig.ticking()
    const listener = listenerOf(ticked)
    const wrong = { name: 'replay', id: 'wrong', payload: { amount: '21' } }
    await expect(sendTrigger(listener, wrong)).rejects.toMatchObject({
      code: 'trigger-refused',
      message: 'trigger "replay" starts nothing: payload of "replay".amount: expected number, got string',
    })
    await expect(sendTrigger(listener, { ...wrong, name: 'other' })).rejects.toThrow(
      `pipeline "${ticked.name}": expected trigger "replay", got "other"`,
    )
    await expect(sendTrigger(listener, { ...wrong, id: 'a b' })).rejects.toThrow(
      'trigger id: expected up to 100 letters',
    )
    const handle = rig.client.workflow.getHandle(`triggers:${ticked.name}`)
    await handle.signal('trigger', { name: 'replay' })
    await handle.signal('trigger', null)
    const { counts, recent } = await treated(ticked, 4)
    expect(counts).toEqual({ started: 0, known: 0, refused: 4 })
    expect(recent.map(({ trigger }) => trigger)).toEqual(['replay-wrong', 'other-wrong', '?', '?'])
    const described = rig.client.workflow.getHandle(ticked.run('replay-wrong')).describe()
    await expect(described).rejects.toThrow('not found')
    const entries = await eventually('all were written down', async () => {
      const keys = await trusted(join(rig.project.stateFolder, 'keys'))
      const read = await audit(rig.project.store.objects).entries(`refusals:${ticked.name}`, keys)
      return read.some(({ entry }) => (entry.body as { total: number }).total === 4) && read
    })
    expect(entries.at(-1)?.entry.body).toMatchObject({
      counts: { 'wrong-payload': 1, 'unknown-trigger': 1, malformed: 2 },
    })
  })

  it('is not lost where the listener continues as new, and a flood is bounded', { timeout: 120_000 }, async () => {
    const ticked = await rig.ticking()
    const workflowId = `triggers:${ticked.name}`
    const args = [{ pipeline: ticked.name, maxEvents: 40 }]
    const first = await rig.client.workflow.start('triggers', { workflowId, taskQueue: rig.queue, args })
    const ids = Array.from({ length: 4 }, (_, index) => String(index))
    // Half of them before the flood, half in it.
    const handle = rig.client.workflow.getHandle(workflowId)
    for (const id of ids.slice(0, 2)) await handle.signal('trigger', { name: 'replay', id, payload: payloadOf(id) })
    await Promise.all(Array.from({ length: 120 }, (_, id) => handle.signal('trigger', { name: 'none', id: `x${id}` })))
    for (const id of ids.slice(2)) {
      const answered = await sendTrigger(listenerOf(ticked), { name: 'replay', id, payload: payloadOf(id) })
      expect(answered.run).toBe(ticked.run(`replay-${id}`))
    }
    for (const id of ids) expect(await ticked.ended(`replay-${id}`)).toMatchObject({ doubled: 2 * Number(id) + 2 })
    const { counts, recent } = await treated(ticked, 124)
    // One that finds no room is refused, and sent again.
    expect(counts).toMatchObject({ started: 4, known: 0 })
    expect(counts.refused).toBeGreaterThanOrEqual(120)
    expect(recent).toHaveLength(20)
    const { runId, historyLength } = await handle.describe()
    expect(runId).not.toBe(first.firstExecutionRunId)
    expect(historyLength).toBeLessThan(500)
    expect(Object.values(ticked.counts())).toEqual([1, 1, 1, 1])
  })
})
