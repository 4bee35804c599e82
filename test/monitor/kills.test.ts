import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { monitors } from '../../store/monitors.ts'
import { aCanaryRig, aCopyOfCanaryRig, type CanaryRig } from '../canary/canary-rig.ts'
import { eventually } from '../engine/eventually.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'
import { aSupervisedWorker } from '../engine/supervised-worker.ts'
import { withOwnServer, withSharedServer } from '../engine/temporal-servers.ts'
import { clockOf, expectEachOnce, monitored, monitorRigOf, type MonitorRig } from './monitor-rig.ts'

let origin: CanaryRig

/** The model is trained once. */
beforeAll(async () => {
  origin = await aCanaryRig({ days: 12 })
  await origin.startWorker()
  await origin.gateway('warm-monitor-kills')
  await origin.ended(await origin.begin({ service: 'warm-monitor-kills' }))
}, 240_000)

afterAll(() => origin.remove())

const SERVICE = 'killed'
const FAST = { everyMillis: 2, withinMillis: 60_000 }
const IDS = ['a', 'b', 'c'] as const
const RANDOM_KILLS = 2

/** Moments at which the workflow does not know yet of what has just been written, or has an activity at work. */
const MOMENTS: readonly (readonly [what: string, at: (rig: MonitorRig) => Promise<unknown>])[] = [
  ['window 2 is written', (rig) => windowAt(rig, 2)],
  ['a wish is decided', (rig) => entryAt(rig, 1)],
  ['window 4 is written', (rig) => windowAt(rig, 4)],
  ['a window is worked on', (rig) => eventually('evaluateWindow runs', () => isPending(rig, 'evaluateWindow'), FAST)],
]

function windowAt({ project }: MonitorRig, number: number): Promise<unknown> {
  const chain = monitors(project.store.objects)
  return eventually(`window ${number}`, async () => (await chain.head(SERVICE)) >= number, FAST)
}

function entryAt(rig: MonitorRig, count: number): Promise<unknown> {
  return eventually(`decision ${count}`, async () => (await rig.retrains(SERVICE)).length >= count, FAST)
}

async function isPending({ client }: MonitorRig, activity: string): Promise<boolean> {
  const { raw } = await client.workflow.getHandle(`monitor:${SERVICE}`).describe()
  return (raw.pendingActivities ?? []).some(({ activityType }) => activityType?.name === activity)
}

/** False: it is dead, and the next one is not there yet. */
function killed(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

describe.concurrent('SIGKILL at any moment of a monitor', { timeout: 400_000 }, () => {
  it.each(['worker', 'server'])('of the %s leaves each window once, and one retrain a cause', async (target) => {
    const random = seeded(chosenSeed())
    await (target === 'server' ? withOwnServer : withSharedServer)(async (server) => {
      const rig = monitorRigOf(await aCopyOfCanaryRig(origin, server.address))
      const workers = await aSupervisedWorker(rig)
      const kill = async (): Promise<void> => {
        if (target === 'server') await server.restart?.()
        else await eventually('there is a worker to kill', () => killed(workers.pid()), FAST)
      }
      try {
        await rig.gateway(SERVICE)
        const from = '2001-01-05T00:00:00.000Z'
        const clock = clockOf({ from, daysASecond: 1 / 3600 })
        await rig.ended(await rig.begin({ service: SERVICE, canary: "'direct'", more: monitored(RETRAIN), clock }))
        await rig.setClock(SERVICE, { from, daysASecond: 0.5 })
        await rig.signal(SERVICE, 'wake')
        for (const id of [...IDS, ...IDS]) {
          await rig.signal(SERVICE, 'retrain', { id, cause: 'signal', reason: 'to see', by: 'test' })
        }
        for (const [, at] of MOMENTS) {
          await at(rig)
          await kill()
        }
        for (let kills = 0; kills < RANDOM_KILLS; kills += 1) {
          await delay(200 + 4000 * random())
          await kill()
        }
        const { length } = await rig.windows(SERVICE)
        expectEachOnce(await rig.untilWindows(SERVICE, length + 3))
        await entryAt(rig, IDS.length)
        expect((await rig.retrains(SERVICE)).map(({ key }) => key)).toEqual(IDS.map((id) => `retrain:signal:${id}`))
        expect(await startsOf(rig, `run:${SERVICE}:signal-a`)).toBe(1)
      } finally {
        await workers.stop({ atOnce: true })
        await rig.remove()
      }
    })
  })
})

const RETRAIN = `retrain: { onDrift: true, coolDown: '300 days', budget: { runs: 1, per: '300 days' } },`

/** Executions of one workflow, once the server lists the first. */
function startsOf({ client }: MonitorRig, workflowId: string): Promise<number> {
  return eventually(`${workflowId} is listed`, async () => {
    const found: string[] = []
    for await (const { runId } of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) found.push(runId)
    return found.length > 0 && found.length
  })
}
