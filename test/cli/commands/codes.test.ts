import { expect, it } from 'vitest'
import { workplace } from './anneal.ts'
import { DOUBLE } from './pipelines.ts'

it.each([
  ['no-triggers', ['trigger', 'p.ts', 'go', '--payload', '{}']],
  ['no-schedule', ['schedule', 'create', 'p.ts']],
  ['schedule-unknown', ['schedule', 'pause', 'nothing', '--reason', 'why']],
  ['not-applied', ['trigger', 'nothing', 'go', '--payload', '{}']],
  ['service-unknown', ['services', 'nothing']],
  ['service-unknown', ['monitor', 'nothing']],
  ['service-unknown', ['parity', 'nothing']],
  ['no-monitor', ['watch', 'nothing']],
  ['model-unknown', ['models', 'show', 'nothing']],
  ['run-unknown', ['status', 'run:small:nothing']],
  ['enrolment-refused', ['approver', 'revoke', 'nobody', '--reason', 'why']],
] as const)('%s is what `anneal %j` answers, in a few lines with a remedy', async (expected, args) => {
  const place = await workplace({ 'p.ts': DOUBLE })
  const { code, stdout, stderr } = await place.anneal(args)
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(new RegExp(`^error ${expected}: `))])
  expect(stderr).toMatch(/^ {2}remedy {4}\S/m)
})
