import { expect, test } from 'vitest'
import { answersOf } from './answers.ts'
import { testFaults } from './fault-suite.ts'
import { aJob, aTable, IN_TIME_HOLDOUT } from './flight-examples.ts'
import { testModels } from './model-suite.ts'
import { torchAnswers } from './torch-oracle.ts'
import { train } from './trainer.ts'
import { withTorch } from './with-torch.ts'

withTorch()

testModels(['mlp'])

testFaults('mlp')

test.each(['binary', 'multiclass', 'regression'] as const)(
  'the exported %s network answers as torch does, for categories that it never saw too',
  async (task) => {
    const unseen = `case when hour = 7 then 'ZZZ' else origin end as origin`
    const table = await aTable({ task, replace: unseen, where: `hour <> 7 or ${IN_TIME_HOLDOUT}` })
    const params = { epochs: 4, batch_rows: 512, dropout: 0.1, checkpoint_steps: 1 }
    const { model, checkpoints, training } = await train(aJob(table, { task, algorithm: 'mlp', params }))
    const { values, output, inputs } = await answersOf(model, table, IN_TIME_HOLDOUT)
    const own = await torchAnswers({
      task,
      checkpoint: checkpoints.at(-1)?.path ?? '',
      training: await aTable({ task, replace: unseen, where: `hour <> 7 and not ${IN_TIME_HOLDOUT}` }),
      asked: await aTable({ task, replace: unseen, where: IN_TIME_HOLDOUT }),
    })
    expect(values.length).toBe(own.length)
    const scale = task === 'regression' ? 100 : 1
    expect(Math.max(...values.map((value, at) => Math.abs(value - (own[at] ?? NaN)) / scale))).toBeLessThan(1e-5)
    expect(inputs).toEqual(['hour', 'distance', 'speed', 'weekend', 'origin', 'destination'])
    expect(output).toBe(task === 'regression' ? 'prediction' : 'probabilities')
    expect(training.unknownCategory).toBe('counts as the mean of all categories')
  },
)

test('each epoch tells its loss on the training rows, which falls', async () => {
  const { progress } = await train(aJob(await aTable({ rows: 5000 }), { algorithm: 'mlp' }))
  expect(progress).toMatchObject(
    [1, 2, 3, 4, 5, 6, 7, 8].map((epoch) => ({ epoch, epochs: 8, log_loss: expect.any(Number) })),
  )
  const losses = progress.map((fields) => (fields as { readonly log_loss: number }).log_loss)
  expect(losses.at(-1)).toBeLessThan(losses[0] ?? NaN)
})

test('a training that runs away is told, with the epoch and a remedy, and not tried again', async () => {
  const params = { epochs: 20, batch_rows: 64, learning_rate: 1e30 }
  await expect(train(aJob(await aTable({ rows: 2000 }), { algorithm: 'mlp', params }))).rejects.toMatchObject({
    code: 'task-input-invalid',
    retry: false,
    message: expect.stringMatching(/training: expected a finite loss, got (nan|inf) in epoch \d+; lower learning_rate/),
  })
})
