import { join } from 'node:path'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aCanaryRig } from '../canary/canary-rig.ts'
import { eventually } from '../engine/eventually.ts'
import { bundled } from '../workflows/bundled.ts'
import { clockOf, DAY_MILLIS, expectEachOnce, monitored, monitorRigOf, type MonitorRig } from './monitor-rig.ts'

const WORKFLOWS = join(import.meta.dirname, '../../workflows')

let rig: MonitorRig

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  rig = monitorRigOf(await aCanaryRig())
  await rig.startWorker()
  // Trained once for all: what follows reuses it.
  await rig.gateway('warm-monitor')
  await rig.ended(await rig.begin({ service: 'warm-monitor' }))
}, 240_000)

afterAll(() => rig.remove())

let services = 0

/** A service with a model and a monitor, by a clock of its own from the start of 4 January 2001 on. */
async function watched(
  use: (service: string) => Promise<void>,
  { daysASecond = 1, more = monitored() } = {},
): Promise<void> {
  const service = `watched-${(services += 1)}`
  await rig.gateway(service)
  const from = '2001-01-04T00:00:00.000Z'
  const clock = clockOf({ from, daysASecond: 1 / 3600 })
  const run = await rig.begin({ service, canary: "'direct'", more, clock })
  expect(await rig.ended(run)).toMatchObject({ outcome: 'serving', output: { state: 'serving' } })
  await rig.setClock(service, { from, daysASecond })
  await rig.signal(service, 'wake')
  try {
    await use(service)
  } finally {
    await rig.endMonitor(service)
  }
}

describe.concurrent('a monitor', { timeout: 120_000 }, () => {
  it('evaluates each window once, in order, and says what it does', async () => {
    await watched(async (service) => {
      expectEachOnce(await rig.untilWindows(service, 4))
      const { policy, last, due, evaluated } = await rig.untilMonitor(service, (status) => status.evaluated >= 4)
      expect(policy).toMatchObject({ service, node: 'monitor' })
      expect([last?.number, due?.model]).toEqual([evaluated, 'late@1'])
      const { searchAttributes } = await rig.client.workflow.getHandle(`monitor:${service}`).describe()
      expect(searchAttributes).toMatchObject({ AnnealStage: ['monitor'], AnnealModel: ['late@1'] })
    })
  })

  it('catches up where its clock is set forward, and waits where it is set back', async () => {
    await watched(async (service) => {
      const [first] = await rig.untilWindows(service, 2)
      await rig.setClock(service, { from: '2001-01-16T00:00:00.000Z', daysASecond: 0.01 })
      await rig.signal(service, 'wake')
      const caughtUp = await eventually('all days are evaluated', async () => {
        const windows = await rig.windows(service)
        return windows.at(-1)?.end === '2001-01-16T00:00:00.000Z' && windows
      })
      expect(caughtUp[0]).toEqual(first)
      expectEachOnce(caughtUp)
      await rig.setClock(service, { from: '2001-01-14T12:00:00.000Z', daysASecond: 1 })
      await rig.signal(service, 'wake')
      const { due } = await rig.untilMonitor(service, (status) => (status.due?.stepMillis ?? 0) === 1000)
      expect(due?.window?.end).toBe('2001-01-17T00:00:00.000Z')
      expect(due?.window?.dueMillis).toBeGreaterThan(Date.now())
      const later = await rig.untilWindows(service, caughtUp.length + 1)
      expectEachOnce(later)
    })
  })

  it('continues as new after few events, and loses neither windows nor what it is asked meanwhile', async () => {
    await watched(
      async (service) => {
        const handle = rig.client.workflow.getHandle(`monitor:${service}`)
        const { policy } = await rig.monitor(service)
        await handle.terminate()
        await rig.client.workflow.start('monitor', {
          workflowId: handle.workflowId,
          taskQueue: rig.queue,
          args: [{ policy, maxEvents: 30 }],
        })
        const first = (await handle.describe()).runId
        const ids = Array.from({ length: 40 }, (_, index) => `ask-${index}`)
        for (const id of ids) {
          await rig.signal(service, 'retrain', { id, cause: 'signal', reason: 'to see', by: 'test' })
        }
        await rig.untilWindows(service, 12)
        const entries = await eventually('all are decided', async () => {
          const found = await rig.retrains(service)
          return found.length >= ids.length && found
        })
        expect(entries.map(({ key }) => key)).toEqual(ids.map((id) => `retrain:signal:${id}`))
        expectEachOnce(await rig.windows(service))
        const { runId, historyLength } = await handle.describe()
        expect(runId).not.toBe(first)
        expect(historyLength).toBeLessThan(60)
        expect((await rig.monitor(service)).evaluated).toBeGreaterThan(8)
      },
      { daysASecond: 2, more: monitored('') },
    )
  })

  it('counts messages that have no such shape, and does nothing of them', async () => {
    await watched(async (service) => {
      const { policy } = await rig.monitor(service)
      const wish = { id: 'a', cause: 'signal', reason: 'why', by: 'test' }
      const strange = [
        ['policy', { ...policy, service: 'other' }],
        ['policy', { ...policy, order: 'f' }],
        ['policy', undefined],
        ['retrain', { ...wish, cause: 'drift' }],
        ['retrain', { ...wish, id: 'a/b' }],
        ['retrain', { ...wish, more: 1 }],
        ['retrain', 'now'],
      ] as const
      for (const [name, message] of strange) await rig.signal(service, name, message)
      // Of the right shape, and no order of this store.
      await rig.signal(service, 'policy', { ...policy, order: 'f'.repeat(64) })
      const status = await rig.untilMonitor(service, ({ ignored }) => ignored === strange.length)
      expect(status.policy).toEqual(policy)
      expect(await rig.retrains(service)).toEqual([])
      const { length } = await rig.windows(service)
      await rig.untilWindows(service, length + 2)
      expect((await rig.monitor(service)).policy).toEqual(policy)
    })
  })

  it('refreshes features beside its windows, and a step that is missed is not made up for', async () => {
    await watched(
      async (service) => {
        const { refreshed } = await rig.untilMonitor(service, (status) => status.refreshed !== null)
        expect(refreshed).toMatchObject({ state: 'skipped', reason: `service "${service}" looks nothing up` })
        const from = refreshed?.at ?? ''
        await rig.setClock(service, { from: '2001-01-16T00:00:00.000Z', daysASecond: 1 })
        await rig.signal(service, 'wake')
        const later = await rig.untilMonitor(service, (status) => (status.refreshed?.at ?? '') >= '2001-01-15')
        expect((Date.parse(later.refreshed?.at ?? '') - Date.parse(from)) % (2 * DAY_MILLIS)).toBe(0)
        expectEachOnce(await rig.untilWindows(service, 12))
      },
      { more: `${monitored()} refresh: '2 days',` },
    )
  })

  it('goes on where it was after it was ended, with a run that was ordered and not started', async () => {
    await watched(async (service) => {
      await rig.untilWindows(service, 2)
      const handle = rig.client.workflow.getHandle(`monitor:${service}`)
      const { policy } = await rig.monitor(service)
      await handle.terminate()
      const said = await rig.anneal('retrain', service, '--reason', 'why')
      expect(said).toMatchObject({ code: 2, stderr: expect.stringContaining(`anneal watch ${service}`) })
      const run = await rig.orderRetrain(service, policy.order)
      expect(await rig.anneal('watch', service)).toMatchObject({ code: 0, stdout: `monitor:${service}\n` })
      const { length } = await rig.windows(service)
      expectEachOnce(await rig.untilWindows(service, length + 2))
      expect((await rig.client.workflow.getHandle(run).describe()).type).toBe('runPipeline')
    })
  })
})

it('replays, whatever became of it', { timeout: 120_000 }, async () => {
  const { client } = rig
  const ids = Array.from({ length: services }, (_, index) => `monitor:watched-${index + 1}`)
  const code = await bundled(WORKFLOWS)
  for (const workflowId of ids) {
    const history = await client.workflow.getHandle(workflowId).fetchHistory()
    await Worker.runReplayHistory({ workflowBundle: { code } }, history, workflowId)
  }
  expect(ids.length).toBeGreaterThan(0)
})
