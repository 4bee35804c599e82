import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aCanaryRig } from '../canary/canary-rig.ts'
import { clockOf, monitored, monitorRigOf, type MonitorRig } from './monitor-rig.ts'

let rig: MonitorRig

beforeAll(async () => {
  rig = monitorRigOf(await aCanaryRig({ days: 8 }))
  await rig.startWorker()
  // Trained once for all: what follows reuses it.
  await rig.gateway('warm')
  await rig.ended(await rig.begin({ service: 'warm' }))
}, 120_000)

afterAll(() => rig.remove())

let services = 0

/** A service with a model and a monitor, by a clock of its own from the start of 4 January 2001 on. */
async function aService({ daysASecond = 1, more = monitored() } = {}): Promise<string> {
  const service = `watched-${(services += 1)}`
  await rig.gateway(service)
  const clock = clockOf({ from: '2001-01-04T00:00:00.000Z', daysASecond })
  const run = await rig.begin({ service, canary: "'direct'", more, clock })
  expect(await rig.ended(run)).toMatchObject({ outcome: 'serving', output: { state: 'serving' } })
  return service
}

const DAY_MILLIS = 86_400_000

describe.concurrent('a monitor', { timeout: 120_000 }, () => {
  it('evaluates each window once, in order, when its day is over', async () => {
    const service = await aService()
    const windows = await rig.untilWindows(service, 5)
    const first = Date.parse(windows[0]?.end ?? '')
    expect(first % DAY_MILLIS).toBe(0)
    for (const [index, window] of windows.entries()) {
      expect(window.number).toBe(index + 1)
      expect(Date.parse(window.end)).toBe(first + index * DAY_MILLIS)
    }
    const { attributes } = await described(service)
    expect(attributes).toMatchObject({ AnnealStage: ['monitor'], AnnealModel: ['late@1'] })
  })
})

async function described(service: string) {
  const { searchAttributes } = await rig.client.workflow.getHandle(`monitor:${service}`).describe()
  return { attributes: searchAttributes }
}
