import { beforeAll, expect, test } from 'vitest'
import { answersOf } from './answers.ts'
import { aJob, aTable, IN_KEY_HOLDOUT, IN_TIME_HOLDOUT } from './flight-examples.ts'
import { lightgbmAnswers } from './lightgbm-oracle.ts'
import { train, startTrainer } from './trainer.ts'

beforeAll(() => startTrainer(), 300_000)

const BAGGED = { rounds: 45, row_share: 0.6, feature_share: 0.6 }

test.each([
  ['binary', 'on all rows', { rounds: 45 }],
  ['binary', 'with bagging', BAGGED],
  ['multiclass', 'with bagging', BAGGED],
  ['regression', 'with bagging', BAGGED],
  // Each leaf needs more than half of the rows.
  ['binary', 'that ends early', { rounds: 5, segment_rounds: 1, min_rows_in_leaf: 12_000 }],
  ['binary', 'that can split nothing', { rounds: 5, segment_rounds: 2, min_rows_in_leaf: 30_000 }],
] as const)('a %s training %s gives the same bytes, wherever it was interrupted', async (task, _, params) => {
  const job = aJob(await aTable({ task }), { task, params })
  const undisturbed = await train(job)
  expect(undisturbed.checkpoints.length).toBeGreaterThan(0)
  for (const { number, path } of undisturbed.checkpoints) {
    const resumed = await train({ ...job, checkpoint: { segment: number, path } })
    expect(resumed.model.equals(undisturbed.model)).toBe(true)
    expect(resumed.trainingText).toBe(undisturbed.trainingText)
    expect(resumed.output).toEqual(undisturbed.output)
    expect(resumed.checkpoints.map((checkpoint) => checkpoint.number)).toEqual(
      undisturbed.checkpoints.map((checkpoint) => checkpoint.number).filter((other) => other > number),
    )
  }
})

test('each segment of a bagged training draws its own rows', async () => {
  const table = await aTable()
  const [one, other] = [
    aJob(table, { params: { ...BAGGED, segment_rounds: 20 } }),
    aJob(table, { params: { ...BAGGED, segment_rounds: 45 } }),
  ]
  expect((await train(one)).model.equals((await train(other)).model)).toBe(false)
})

test('each segment tells its loss on the training rows, which falls', async () => {
  const { progress, checkpoints } = await train(aJob(await aTable()))
  expect(progress).toMatchObject([1, 2, 3].map((segment) => ({ segment, segments: 3, log_loss: expect.any(Number) })))
  const losses = progress.map((fields) => (fields as { readonly log_loss: number }).log_loss)
  expect(losses).toEqual(losses.toSorted((a, b) => b - a))
  expect(checkpoints.map(({ number }) => number)).toEqual([1, 2, 3])
})

test.each([
  ['time', IN_TIME_HOLDOUT, {}],
  ['key', IN_KEY_HOLDOUT, { split: { by: 'key', holdoutShare: 0.3 }, asOf: null }],
] as const)('with a split by %s no row of the holdout changes the model', async (_, holdout, split) => {
  const giveaway = `
    case when ${holdout} then not "$label" else "$label" end as "$label",
    case when ${holdout} then 'ZZZ' else origin end as origin,
    case when ${holdout} then -1::float else hour end as hour`
  const [plain, altered] = [await aTable(), await aTable({ replace: giveaway })]
  const [one, other] = [await train(aJob(plain, split)), await train(aJob(altered, split))]
  expect(one.output).toMatchObject({ rows: expect.any(Number) })
  expect(other.model.equals(one.model)).toBe(true)
  expect(other.trainingText).toBe(one.trainingText)
})

test.each(['binary', 'multiclass', 'regression'] as const)(
  'the exported %s model answers as LightGBM does, for categories that it never saw too',
  async (task) => {
    const unseen = `case when hour = 7 then 'ZZZ' else origin end as origin`
    const table = await aTable({ task, replace: unseen, where: `hour <> 7 or ${IN_TIME_HOLDOUT}` })
    const { model, checkpoints, training } = await train(
      aJob(table, { task, params: { ...BAGGED, rounds: 120, leaves: 63 } }),
    )
    const { values, output, inputs } = await answersOf(model, table, IN_TIME_HOLDOUT)
    const own = await lightgbmAnswers({
      model: checkpoints.at(-1)?.path ?? '',
      table: await aTable({ task, replace: unseen, where: IN_TIME_HOLDOUT }),
      training: `(select * from '${table}' where not ${IN_TIME_HOLDOUT})`,
    })
    const expected = task === 'binary' ? own.flatMap((share) => [1 - share, share]) : own
    expect(values.length).toBe(expected.length)
    const scale = task === 'regression' ? 100 : 1
    expect(Math.max(...values.map((value, at) => Math.abs(value - (expected[at] ?? NaN)) / scale))).toBeLessThan(1e-6)
    expect(inputs).toEqual(['hour', 'distance', 'speed', 'weekend', 'origin', 'destination'])
    expect(output).toBe(task === 'regression' ? 'prediction' : 'probabilities')
    expect(training.unknownCategory).toBe(-1)
  },
)
