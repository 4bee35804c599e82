import { beforeAll, expect, test } from 'vitest'
import { aJob, aTable } from './flight-examples.ts'
import { testModels } from './model-suite.ts'
import { startTrainer, train } from './trainer.ts'

beforeAll(() => startTrainer(), 300_000)

testModels(['lightgbm', 'linear', 'random-forest'])

test.each(['linear', 'random-forest'] as const)('%s gives the same bytes each time', async (algorithm) => {
  const job = aJob(await aTable({ rows: 5000 }), { algorithm })
  const [one, other] = [await train(job), await train(job)]
  expect(other.model.equals(one.model)).toBe(true)
  expect(other.trainingText).toBe(one.trainingText)
})
