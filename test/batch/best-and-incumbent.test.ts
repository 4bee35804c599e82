import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Evaluated } from '../../activities/evaluate.ts'
import { flightsPipeline } from './flights-pipeline.ts'
import { aFlightsRig, type FlightsRig, type Ran } from './flights-rig.ts'

let rig: FlightsRig
let both: Ran

beforeAll(async () => {
  rig = await aFlightsRig({ days: 6 })
  await rig.startWorker()
  both = await rig.run(flightsPipeline({ leaves: [2, 31] }), 7)
}, 120_000)

afterAll(() => rig.remove())

/** Of a run with several models. */
function evaluated({ outputs }: Ran, leaves: number): Evaluated {
  return outputs[`evaluate:delay-${leaves}`] as Evaluated
}

it('of two models the better one on the holdout is registered, and the other one is not', async () => {
  const [coarse, fine] = [evaluated(both, 2), evaluated(both, 31)]
  expect(fine.metrics['auc']).toBeGreaterThan(coarse.metrics['auc'] ?? Number.NaN)
  expect(both.worked.filter((id) => id.startsWith('features'))).toEqual(['features'])
  const { register } = both.outputs
  expect(register).toMatchObject({ state: 'registered', model: 'delay-31', version: 1, metrics: fine.metrics })
  expect((await rig.registry.list()).map(({ model }) => model)).toEqual(['delay-31'])
  expect([coarse.incumbent, fine.incumbent]).toEqual([null, null])
})

it('a later model of the service is compared with the one before, on the same rows', async () => {
  const { outputs, worked } = await rig.run(flightsPipeline({ leaves: [31], rounds: 2 }), 7)
  expect(worked).toEqual(['train', 'incumbent', 'evaluate', 'register'])
  const { evaluate, register } = outputs
  const { metrics, rows } = evaluated(both, 31)
  expect(evaluate.incumbent).toMatchObject({ name: 'delay-31', version: 1, rows, missing: 0 })
  expect(evaluate.incumbent?.incumbent['auc']).toBe(metrics['auc'])
  expect(evaluate.incumbent?.candidate['auc']).toBe(evaluate.metrics['auc'])
  expect(register).toMatchObject({ model: 'delay-31', version: 2 })
})

it("a model of other features is compared with the one before by that one's own features of the same rows", async () => {
  const features = 'weekday: f.date.weekday(), destination: f.destination,'
  const { outputs } = await rig.run(flightsPipeline({ leaves: [15], features }), 7)
  const { evaluate, register } = outputs
  const before = await rig.registry.find('delay-31', 2)
  expect(evaluate.incumbent).toMatchObject({ name: 'delay-31', version: 2, rows: evaluate.rows, missing: 0 })
  expect(evaluate.incumbent?.incumbent['auc']).toBe(before?.metrics['auc'])
  expect(register).toMatchObject({ model: 'delay-15', version: 1 })
})
