import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from '../../store/audit.ts'
import { errnoOf } from '../../store/errors.ts'
import { services } from '../../store/services.ts'
import { eventually } from '../engine/eventually.ts'
import { aSupervisedWorker } from '../engine/supervised-worker.ts'
import { aSupervisedGateway } from './supervised-gateway.ts'
import { withOwnServer, withSharedServer } from '../engine/temporal-servers.ts'
import { aCanaryRig, aCopyOfCanaryRig, told, type CanaryRig } from './canary-rig.ts'

let origin: CanaryRig

/** Both models are trained once; a canary of a copy comes to its traffic at once. */
beforeAll(async () => {
  origin = await aCanaryRig()
  await origin.startWorker()
  await origin.gateway('warm-kills')
  await origin.ended(await origin.begin({ service: 'warm-kills' }))
  await origin.ended(await origin.begin({ service: 'warm-kills', rounds: 4, canary: "'direct'" }))
}, 120_000)

afterAll(() => origin.remove())

const FAST = { everyMillis: 2, withinMillis: 100_000 }

/** Each is a generation that is just there: published, and the workflow does not know of it yet. */
const CASES = [
  {
    verdict: 'serving',
    behaviour: {},
    moments: [3, 4, 5, 6],
    generations: ['canary: v1 / v2 0%', 'canary: v1 / v2 20%', 'canary: v1 / v2 100%', 'promoted: v2 / none'],
    entries: ['canary-ended', 'canary-verdict', 'canary-verdict', 'traffic', 'traffic', 'traffic', 'traffic'],
  },
  {
    verdict: 'rolled-back',
    behaviour: { 2: { failed: 0.2 } },
    moments: [3, 4, 5],
    generations: ['canary: v1 / v2 0%', 'canary: v1 / v2 20%', 'rolled-back: v1 / none'],
    entries: ['canary-ended', 'canary-verdict', 'traffic', 'traffic', 'traffic'],
  },
] as const

describe.concurrent('SIGKILL at every step of a canary', () => {
  it.each(['worker', 'gateway', 'server'].flatMap((target) => CASES.map((one) => Object.assign({ target }, one))))(
    'of the $target leaves $verdict as the verdict, and each step’s traffic set once',
    { timeout: 240_000 },
    async ({ target, verdict, behaviour, moments, generations, entries }) => {
      // Of its own: a service has one canary at a time.
      const service = `killed-${target}-${verdict}`
      await (target === 'server' ? withOwnServer : withSharedServer)(async (server) => {
        const rig = await aCopyOfCanaryRig(origin, server.address)
        // What a killed worker was at is taken up after a third of it.
        const workers = await aSupervisedWorker(rig, { ANNEAL_TRAFFIC_LEASE_MILLIS: '12000' })
        const gateways = await aSupervisedGateway(rig)
        const kill = async (): Promise<void> => {
          if (target === 'server') await server.restart?.()
          else endNow((target === 'worker' ? workers : gateways).pid())
        }
        try {
          await rig.ended(await rig.begin({ service }))
          rig.pump(service, { behaviour })
          const before = (await kindsIn(rig, service)).length
          const run = await rig.begin({ service, rounds: 4 })
          const chain = services(rig.project.store.objects)
          for (const moment of moments) {
            await eventually(`generation ${moment}`, () => chain.has(service, moment), FAST)
            await kill()
          }
          expect((await rig.ended(run)).outcome).toBe(verdict)
          expect(told(await rig.generations(service)).slice(2)).toEqual(generations)
          expect((await kindsIn(rig, service)).slice(before).toSorted()).toEqual(entries)
        } finally {
          await Promise.all([workers, gateways].map((one) => one.stop({ atOnce: true })))
          await rig.remove()
        }
      })
    },
  )
})

/** One that is dead already is being started again. */
function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error
  }
}

async function kindsIn({ project, keys }: CanaryRig, service: string): Promise<readonly string[]> {
  const entries = await audit(project.store.objects).entries(`service:${service}`, keys)
  return entries.map(({ entry }) => entry.kind)
}
