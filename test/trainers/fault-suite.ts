import { expect, test } from 'vitest'
import { aJob, aTable, FEATURES } from './flight-examples.ts'
import { train, type Algorithm } from './trainer.ts'

/** What any trainer refuses. */
export function testFaults(algorithm: Algorithm): void {
  test.each([
    [
      'no training rows',
      { where: `"$time" > timestamp '2001-06-01'` },
      {},
      'training rows: expected some, got none; widen the window or shorten the holdout',
    ],
    [
      'one class only',
      { replace: 'false as "$label"' },
      {},
      'training rows: expected at least two classes, got only "false"; widen the window',
    ],
    [
      'a table without a column',
      {},
      { features: [...FEATURES, { name: 'wind', type: 'number' }] },
      'feature table: expected a column "wind", got none; compute the features again',
    ],
    [
      'a null',
      { replace: 'nullif(hour, 7) as hour' },
      {},
      /column "hour": expected no null, got \d+; compute the features again/,
    ],
    [
      'a number that is none',
      { replace: `case when hour = 7 then 'nan'::float else hour end as hour` },
      {},
      /column "hour": expected finite numbers, got \d+ others; bound the expression/,
    ],
    [
      'features that are all constant',
      { replace: '1::float as hour' },
      { features: FEATURES.slice(0, 1) },
      'features: expected one that varies over the training rows, got constants; choose others',
    ],
    ['a split by time without asOf', {}, { asOf: null }, 'split by time: expected an asOf, got none; split by key'],
    [
      'a feature that is named as the output',
      {},
      { features: [{ name: 'probabilities', type: 'number' }] },
      'feature "probabilities": expected a name other than the output\'s; rename it',
    ],
  ] as const)(
    '%s is told by subject, expectation and remedy, and not tried again',
    async (_, options, job, message) => {
      const table = await aTable({ rows: 2000, ...options })
      await expect(train(aJob(table, { ...job, algorithm }))).rejects.toMatchObject({
        code: 'task-input-invalid',
        retry: false,
        message: expect.stringMatching(message),
      })
    },
  )
}
