import { expect, test } from 'vitest'
import { failedFiles, namesOf, runCheck, sum, tallyOf } from '../../setup/checks.mjs'

const of = (...statuses: readonly string[]): { status: string }[] => statuses.map((status) => ({ status }))

test('each test counts once, skipped and to-do ones apart', () => {
  const testResults = [
    { status: 'failed', assertionResults: of('passed', 'failed') },
    { status: 'passed', assertionResults: of('passed', 'skipped', 'todo', 'pending') },
  ]
  expect(tallyOf({ testResults })).toEqual({ passed: 2, failed: 1, skipped: 3 })
})

test('a file that could not be loaded counts as a failure', () => {
  expect(tallyOf({ testResults: [{ status: 'failed', assertionResults: [] }] })).toMatchObject({ failed: 1 })
})

test('what failed is known by its file and name, to be run once more', () => {
  const testResults = [
    { status: 'failed', name: '/a.test.ts', assertionResults: [{ status: 'failed', fullName: 'is late' }] },
    { status: 'failed', name: '/b.test.ts', assertionResults: [] },
    { status: 'passed', name: '/c.test.ts', assertionResults: [{ status: 'passed', fullName: 'passes' }] },
  ]
  expect(failedFiles({ testResults })).toEqual(['/a.test.ts', '/b.test.ts'])
  expect(namesOf({ testResults }, 'failed')).toEqual([
    expect.stringMatching(/a\.test\.ts is late$/),
    expect.stringMatching(/b\.test\.ts$/),
  ])
  expect(namesOf({ testResults }, 'passed')).toEqual([
    expect.stringMatching(/c\.test\.ts$/),
    expect.stringMatching(/c\.test\.ts passes$/),
  ])
})

test('a tool that finds something is one failure, one that finds nothing one success', async () => {
  const found = await runCheck('finds', ['node', '-e', 'process.exit(2)'])
  const nothing = await runCheck('finds nothing', ['node', '-e', ''])
  const absent = await runCheck('is not there', ['no-such-tool'])
  expect(sum([found, nothing, absent])).toEqual({ passed: 1, failed: 2, skipped: 0 })
})

test('a check does not see the settings of whoever runs it', async () => {
  process.env['TEMPORAL_ADDRESS'] = 'production:7233'
  const seen = await runCheck('settings', ['node', '-e', 'process.exit(process.env.TEMPORAL_ADDRESS ? 1 : 0)'])
  delete process.env['TEMPORAL_ADDRESS']
  expect(seen.passed).toBe(1)
})
