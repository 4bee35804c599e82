import { expect, test } from 'vitest'
import { aJob, aTable } from './flight-examples.ts'
import { train, trainUntil } from './trainer.ts'
import { withTorch } from './with-torch.ts'

withTorch()

// Some 11,000 rows are trained on: 23 steps an epoch or so, none of which ends on a multiple of 7 by rule.
const PARAMS = { epochs: 3, width: 32, batch_rows: 512, dropout: 0.2, weight_decay: 0.01, checkpoint_steps: 7 }

test.each(['binary', 'multiclass', 'regression'] as const)(
  'a %s training gives the same bytes, from whichever checkpoint it goes on',
  async (task) => {
    const job = aJob(await aTable({ task }), { task, algorithm: 'mlp', params: PARAMS })
    const undisturbed = await train(job)
    expect(undisturbed.checkpoints.length).toBeGreaterThan(3)
    for (const { number, path } of undisturbed.checkpoints) {
      const resumed = await train({ ...job, checkpoint: { segment: number, path } })
      expect(resumed.model.equals(undisturbed.model)).toBe(true)
      expect(resumed.trainingText).toBe(undisturbed.trainingText)
      expect(resumed.output).toEqual(undisturbed.output)
      expect(resumed.checkpoints.map((checkpoint) => checkpoint.number)).toEqual(
        undisturbed.checkpoints.map((checkpoint) => checkpoint.number).filter((other) => other > number),
      )
      // The epoch that it was killed in is told as if it had not been.
      expect(resumed.progress).toEqual(undisturbed.progress.slice(3 - resumed.progress.length))
    }
  },
)

test('a training that is killed within an epoch goes on there, in another process, to the same bytes', async () => {
  const job = aJob(await aTable(), { algorithm: 'mlp', params: PARAMS })
  const killed = await trainUntil(14, job)
  const [undisturbed, resumed] = [await train(job), await train({ ...job, checkpoint: killed })]
  expect(resumed.checkpoints[0]?.number).toBe(21)
  expect(resumed.progress.length).toBe(3)
  expect(resumed.model.equals(undisturbed.model)).toBe(true)
  expect(resumed.trainingText).toBe(undisturbed.trainingText)
})

test('how often a checkpoint is kept changes nothing in the model', async () => {
  const table = await aTable({ rows: 5000 })
  const [often, never] = [1, 1000].map((checkpoint_steps) =>
    train(aJob(table, { algorithm: 'mlp', params: { ...PARAMS, checkpoint_steps } })),
  )
  expect((await often)?.model.equals((await never)?.model ?? Buffer.of())).toBe(true)
})

test('a training for a GPU runs on CPUs where there is none, and says so', async () => {
  const job = aJob(await aTable({ rows: 2000 }), { algorithm: 'mlp', params: PARAMS })
  const [plain, wanted] = [await train(job), await train({ ...job, gpus: 1 })]
  expect([plain, wanted].map(({ training }) => training.device)).toEqual(['cpu', 'cpu'])
  expect(wanted.model.equals(plain.model)).toBe(true)
})
