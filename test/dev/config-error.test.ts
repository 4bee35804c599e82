import { expect, test } from 'vitest'
import { asCliError } from '../../cli/as-cli-error.ts'
import { ConfigError } from '../../config/errors.ts'

test('settings that are wrong are bad input, told fault by fault, not a defect of the engine', () => {
  const fault = { where: 'anneal.config.json: x', expected: 'a key that is known', got: `'x'`, remedy: 'delete it' }
  const { code, exitCode, fault: told } = asCliError(new ConfigError([fault, { ...fault, where: 'ANNEAL_Y' }]))
  expect([code, exitCode]).toEqual(['config-invalid', 2])
  expect(told.details).toEqual([
    `anneal.config.json: x: expected a key that is known, got 'x'`,
    '  delete it',
    `ANNEAL_Y: expected a key that is known, got 'x'`,
    '  delete it',
  ])
})
