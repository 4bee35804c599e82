import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Evaluated } from '../../activities/evaluate.ts'
import { eventually } from '../engine/eventually.ts'
import { withTorch } from '../trainers/with-torch.ts'
import { checkpointsIn } from './checkpoints.ts'
import { flightsPipeline } from './flights-pipeline.ts'
import { aFlightsRig, asOfParam, digestsOf, withPolicy, type FlightsRig } from './flights-rig.ts'

const DAYS = 4
const WINDOW = { window: '4 days' }

let rigs: readonly FlightsRig[] = []

withTorch()

beforeAll(async () => {
  rigs = await Promise.all([aFlightsRig({ days: DAYS }), aFlightsRig({ days: DAYS })])
}, 120_000)

afterAll(() => Promise.all(rigs.map((rig) => rig.remove())))

it(
  'a network that is killed within an epoch goes on there in another worker, and makes the same model',
  { timeout: 240_000 },
  async () => {
    const [calm, stormy] = rigs
    if (calm === undefined || stormy === undefined) throw new Error('expected two rigs')
    const text = flightsPipeline({
      ...WINDOW,
      leaves: [],
      network: 'epochs: 12, batch_rows: 256, dropout: 0.1, checkpoint_steps: 50',
    })
    await calm.startWorker()
    const undisturbed = digestsOf(await calm.run(text, DAYS + 1))

    const first = await stormy.startWorker()
    const prepared = await withPolicy(stormy.project, await stormy.compile(text), {
      heartbeatMillis: 2000,
      backoffMillis: 100,
      attempts: 20,
    })
    const handle = await stormy.start(prepared, asOfParam(DAYS + 1))
    await eventually('a checkpoint', () => checkpointsIn(stormy.project).length > 0, { everyMillis: 2 })
    first.kill()
    await first.ended
    const kept = Math.max(...checkpointsIn(stormy.project))
    await stormy.startWorker()
    await eventually('a later checkpoint', () => Math.max(...checkpointsIn(stormy.project)) > kept, { everyMillis: 2 })
    expect(Math.min(...checkpointsIn(stormy.project).filter((number) => number > kept))).toBe(kept + 50)
    expect(digestsOf(await stormy.ran(handle))).toEqual(undisturbed)
    expect(checkpointsIn(stormy.project)).toEqual([])
  },
)

it('of trees and a network the better one on the holdout is registered', { timeout: 120_000 }, async () => {
  const [rig] = rigs
  const ran = await rig?.run(
    flightsPipeline({ ...WINDOW, leaves: [15], network: 'epochs: 3, batch_rows: 256' }),
    DAYS + 1,
  )
  const aucs = ['delay-15', 'delay-network'].map((name) => {
    const evaluated = ran?.outputs[`evaluate:${name}`] as Evaluated
    return [name, evaluated.metrics['auc'] ?? Number.NaN] as const
  })
  const [best] = aucs.toSorted(([, one], [, other]) => other - one)
  expect(Math.min(...aucs.map(([, auc]) => auc))).toBeGreaterThan(0.5)
  expect(ran?.outputs.register).toMatchObject({ state: 'registered', model: best?.[0] })
})
