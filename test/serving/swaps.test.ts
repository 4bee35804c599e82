import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Served } from '../../store/generation.ts'
import { aServiceRig, LOGARITHM, NEGATIVE } from './a-service.ts'
import { aGatewayProcess } from './a-gateway-process.ts'
import { underLoad } from './load.ts'

const SWAPS = 30

test('with a swap every 2 s for a minute at 300 requests/s none is lost or mixed', { timeout: 120_000 }, async () => {
  const rig = await aServiceRig()
  const versions: Served[] = []
  const answerOf = new Map<string, (x: number) => number>()
  for (let at = 0; at < 4; at += 1) {
    const [model, answer] = at % 2 === 0 ? [NEGATIVE, (x: number) => -x] : [LOGARITHM, Math.log]
    const served = await rig.register(`swapped-${at}`, { ...model, comment: `swapped ${at}` })
    versions.push(served)
    answerOf.set(served.rootDigest, answer)
  }
  const [first = null] = versions
  await rig.publish({ stable: first })
  const { address } = await aGatewayProcess(rig.folder)
  const load = underLoad(address, 300)
  for (let swap = 1; swap <= SWAPS; swap += 1) {
    await delay(2000)
    const [stable = null, other] = [versions[swap % 4], versions[(swap + 1) % 4]]
    const candidate = swap % 3 === 0 && other !== undefined ? { ...other, share: 3000 } : null
    await rig.publish({ stable, candidate, until: candidate && '2099-01-01T00:00:00.000Z' })
  }
  await load.stop()
  expect(load.lost).toEqual([])
  expect(load.sent()).toBeGreaterThan(300 * 50)
  expect(load.answers.length).toBe(load.sent())
  expect(load.answers.filter(({ status }) => status !== 200)).toEqual([])
  for (const { x, answer } of load.answers) {
    const expected = answerOf.get(String(answer.parameters['digest']))?.(x) ?? Number.NaN
    expect(answer.outputs[0]?.data[0]).toBeCloseTo(expected, 5)
  }
  expect(new Set(load.answers.map(({ answer }) => answer.parameters['digest'])).size).toBe(4)
  expect(new Set(load.answers.map(({ answer }) => answer.parameters['generation'])).size).toBeGreaterThanOrEqual(
    SWAPS - 1,
  )
  expect(new Set(load.answers.map(({ answer }) => answer.id)).size).toBe(load.sent())
})
