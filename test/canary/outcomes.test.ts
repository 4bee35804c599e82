import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../engine/eventually.ts'
import { aCanaryRig, told, type CanaryRig } from './canary-rig.ts'

let rig: CanaryRig

beforeAll(async () => {
  rig = await aCanaryRig()
  await rig.startWorker()
  // Trained once for all: what follows reuses it.
  await rig.gateway('warm-outcomes')
  await rig.ended(await rig.begin({ service: 'warm-outcomes' }))
  await rig.ended(await rig.begin({ service: 'warm-outcomes', rounds: 4, canary: "'direct'" }))
}, 120_000)

afterAll(() => rig.remove())

/** A service with a first model, a gateway, and traffic as it is told. */
async function aService(name: string, options: Parameters<CanaryRig['pump']>[1] = {}): Promise<void> {
  await rig.gateway(name)
  expect(await rig.ended(await rig.begin({ service: name }))).toMatchObject({ outcome: 'serving' })
  rig.pump(name, options)
}

let services = 0
const aName = (): string => `service-${(services += 1)}`

/** As it was before the run, in a generation of its own. */
const BACK = 'rolled-back: v1 / none'

describe.concurrent('a canary', { timeout: 120_000 }, () => {
  it('puts a first model into service after smoke tests, and another one step by step', async () => {
    const service = aName()
    await aService(service)
    expect(told(await rig.generations(service))).toEqual(['canary: none / v1 0%', 'promoted: v1 / none'])
    const { outcome, output } = await rig.ended(await rig.begin({ service, rounds: 4 }))
    expect(outcome).toBe('serving')
    expect(output).toMatchObject({ state: 'serving', candidate: 'late@2', incumbent: 'late@1' })
    expect(output.steps.map(({ share, verdict }) => [share, verdict])).toEqual([
      [2000, 'pass'],
      [10_000, 'pass'],
    ])
    expect(told(await rig.generations(service)).slice(2)).toEqual([
      'canary: v1 / v2 0%',
      'canary: v1 / v2 20%',
      'canary: v1 / v2 100%',
      'promoted: v2 / none',
    ])
  })

  it('takes back a candidate whose requests fail, and says how many', async () => {
    const service = aName()
    await aService(service, { behaviour: { 2: { failed: 0.1 } } })
    const { outcome, output } = await rig.ended(await rig.begin({ service, rounds: 4 }))
    expect(outcome).toBe('rolled-back')
    expect(output.reason).toMatch(/^errors: expected a share of at most 0\.02, got at least 0\.0[3-9]/)
    expect(told(await rig.generations(service)).at(-1)).toBe(BACK)
  })

  it('takes back a candidate that is too slow beside an incumbent that is not', async () => {
    const service = aName()
    await aService(service, { behaviour: { 2: { slow: 0.1 } } })
    const { outcome, output } = await rig.ended(await rig.begin({ service, rounds: 4 }))
    expect(outcome).toBe('rolled-back')
    expect(output.reason).toMatch(/^latency: expected at most 0\.01 of the requests above the bound, got at least 0\.0/)
  })

  it('lets a candidate through that is no slower than an incumbent that is slow under the same load', async () => {
    const service = aName()
    const slow = { slow: 0.05 }
    await aService(service, { behaviour: { 1: slow, 2: slow }, requests: 50_000 })
    const only = `{ traffic: ['50%', '100%'], hold: '1 second', maxHold: '4 seconds', rollbackOn: { errorRate: atMost(0.02), p99Millis: atMost(100) } }`
    const { output } = await rig.ended(await rig.begin({ service, rounds: 4, canary: only }))
    expect(output.steps[0]).toMatchObject({ share: 5000, verdict: 'pass' })
    // At all of the traffic there is nothing to be held against but the bound.
    expect(output.steps[1]).toMatchObject({ share: 10_000, verdict: 'fail' })
  })

  it('takes back a candidate that is worse than the incumbent once outcomes say so', async () => {
    const service = aName()
    await aService(service, { behaviour: { 1: { given: 0.95 }, 2: { given: 0.2 } } })
    const hold = `{ traffic: ['50%', '100%'], hold: '15 seconds', rollbackOn: { errorRate: atMost(0.02), p99Millis: atMost(100), quality: { brier: notWorseBy(0.05) } } }`
    const { outcome, output } = await rig.ended(await rig.begin({ service, rounds: 4, canary: hold }))
    expect(outcome).toBe('rolled-back')
    expect(output.reason).toMatch(/^quality\.brier: expected to be worse by at most 0\.05, got at least 0\.\d+/)
  })

  it('goes back where the longest hold is over and too little came in', async () => {
    const service = aName()
    await aService(service, { requests: 10 })
    const { outcome, output } = await rig.ended(await rig.begin({ service, rounds: 4, maxHold: '3 seconds' }))
    expect(outcome).toBe('rolled-back')
    expect(output.reason).toMatch(/^not enough evidence: errors within 0 to 0\.\d+ after \d+ requests, bound 0\.02/)
    expect(told(await rig.generations(service)).at(-1)).toBe(BACK)
  })

  it('waits for a gateway, and says so', async () => {
    const service = aName()
    const run = await rig.begin({ service })
    await rig.until(service, ({ awaiting }) => awaiting === 'gateway')
    const handle = rig.client.workflow.getHandle(`canary:${service}`)
    await eventually('the search attribute', async () => {
      const { typedSearchAttributes } = await handle.describe()
      return JSON.stringify(typedSearchAttributes).includes('gateway')
    })
    await rig.gateway(service)
    expect((await rig.ended(run)).outcome).toBe('serving')
  })

  it('ends a second run on the service as busy, or lets it wait for its turn, by its policy', async () => {
    const service = aName()
    await aService(service)
    const slow = `{ traffic: ['20%', '100%'], hold: '4 seconds', rollbackOn: { errorRate: atMost(0.02), p99Millis: atMost(100) } }`
    const first = await rig.begin({ service, rounds: 4, canary: slow })
    await rig.until(service, ({ phase }) => phase === 'holding')
    const ended = await rig.ended(await rig.begin({ service, rounds: 2, whenBusy: 'end', cause: 'ends' }))
    expect(ended).toMatchObject({ outcome: 'busy', output: { state: 'busy' } })
    const waiting = await rig.begin({ service, rounds: 2, canary: "'direct'", cause: 'waits' })
    expect((await rig.ended(first)).outcome).toBe('serving')
    expect((await rig.ended(waiting)).outcome).toBe('serving')
    expect(told(await rig.generations(service)).at(-1)).toBe('direct: v1 / none')
  })

  it('takes the traffic back where the run is cancelled, and the run ends as cancelled', async () => {
    const service = aName()
    await aService(service, { requests: 1 })
    const run = await rig.begin({ service, rounds: 4 })
    await rig.until(service, ({ share, phase }) => share === 2000 && phase === 'holding')
    await rig.client.workflow.getHandle(run).cancel()
    await expect(rig.client.workflow.getHandle(run).result()).rejects.toMatchObject({
      cause: { name: 'CancelledFailure' },
    })
    expect(told(await rig.generations(service)).at(-1)).toBe(BACK)
  })

  it('that is cancelled by itself is a value of the run', async () => {
    const service = aName()
    await aService(service, { requests: 1 })
    const run = await rig.begin({ service, rounds: 4 })
    await rig.until(service, ({ share, phase }) => share === 2000 && phase === 'holding')
    await rig.client.workflow.getHandle(`canary:${service}`).cancel()
    expect(await rig.ended(run)).toMatchObject({ outcome: 'aborted', output: { reason: 'cancelled' } })
    expect(told(await rig.generations(service)).at(-1)).toBe(BACK)
  })

  it('is not begun for a model that the service answers by already, under an equal policy', async () => {
    const service = aName()
    await aService(service)
    const { outcome } = await rig.ended(await rig.begin({ service, cause: 'again' }))
    expect(outcome).toBe('already-serving')
    expect(await rig.generations(service)).toHaveLength(2)
  })
})
