import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../engine/eventually.ts'
import { aCanaryRig, told, type CanaryRig } from './canary-rig.ts'
import { ask } from './requests.ts'

const LEASE_MILLIS = 4000

let rig: CanaryRig

beforeAll(async () => {
  rig = await aCanaryRig()
  await rig.startWorker({ ANNEAL_TRAFFIC_LEASE_MILLIS: String(LEASE_MILLIS) })
}, 60_000)

afterAll(() => rig.remove())

it(
  'a canary that is terminated leaves nobody with its candidate for longer than its lease, and the next one starts from what was there',
  { timeout: 120_000 },
  async () => {
    const service = 'left'
    const { address } = await rig.gateway(service)
    expect((await rig.ended(await rig.begin({ service }))).outcome).toBe('serving')
    const load = rig.pump(service, { requests: 20 })
    const all = `{ traffic: ['100%'], hold: '1 hour', rollbackOn: { errorRate: atMost(0.02), p99Millis: atMost(100) } }`
    const run = await rig.begin({ service, rounds: 4, canary: all })
    await rig.until(service, ({ phase }) => phase === 'holding')
    await eventually('the gateway follows', async () => (await ask(address, service)).version === 2)
    // Renewed again and again: far beyond one term the candidate still answers.
    const since = Date.now()
    while (Date.now() - since < 2 * LEASE_MILLIS) expect((await ask(address, service)).version).toBe(2)
    await rig.client.workflow.getHandle(`canary:${service}`).terminate()
    const terminated = Date.now()
    await expect(rig.client.workflow.getHandle(run).result()).rejects.toThrow(/failed/i)
    await eventually('the gateway is back', async () => (await ask(address, service)).version === 1, {
      everyMillis: 50,
    })
    // The attempt that is under way may renew once more before its heartbeat tells it; a gateway looks each second.
    expect(Date.now() - terminated).toBeLessThan(LEASE_MILLIS + LEASE_MILLIS / 3 + 2500)
    expect(told(await rig.generations(service)).at(-1)).toBe('canary: v1 / v2 100%')
    await load.stop()
    rig.pump(service)
    expect(await rig.ended(await rig.begin({ service, rounds: 4, cause: 'next' }))).toMatchObject({
      outcome: 'serving',
      output: { incumbent: 'late@1', candidate: 'late@2' },
    })
  },
)
