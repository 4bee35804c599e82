import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aCanaryRig, told, type CanaryRig } from './canary-rig.ts'

let rig: CanaryRig

beforeAll(async () => {
  rig = await aCanaryRig()
  await rig.startWorker({ ANNEAL_TRAFFIC_LEASE_MILLIS: '30000' })
}, 120_000)

afterAll(() => rig.remove())

/** A service with a first model, a gateway, and traffic as it is told. */
async function aService(name: string, options: Parameters<CanaryRig['pump']>[1] = {}): Promise<void> {
  await rig.gateway(name)
  const first = await rig.begin({ service: name })
  expect(await rig.ended(first)).toMatchObject({ outcome: 'serving' })
  rig.pump(name, options)
}

describe('a canary', () => {
  it(
    'puts a first model into service after smoke tests, and a better one step by step',
    { timeout: 120_000 },
    async () => {
      await aService('first')
      expect(told(await rig.generations('first'))).toEqual(['canary: none / v1 0%', 'promoted: v1 / none'])
      const run = await rig.begin({ service: 'first', rounds: 4 })
      const { outcome, output } = await rig.ended(run)
      expect(outcome).toBe('serving')
      expect(output).toMatchObject({ state: 'serving', candidate: 'late@2', incumbent: 'late@1' })
      expect(output.steps.map(({ share, verdict }) => [share, verdict])).toEqual([
        [2000, 'pass'],
        [10_000, 'pass'],
      ])
      expect(told(await rig.generations('first')).slice(2)).toEqual([
        'canary: v1 / v2 0%',
        'canary: v1 / v2 20%',
        'canary: v1 / v2 100%',
        'promoted: v2 / none',
      ])
    },
  )
})
