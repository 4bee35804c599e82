import { expect, it } from 'vitest'
import { CliError } from '../../cli/errors.ts'
import { parametersOf } from '../../cli/run/parameters.ts'
import type { Plan } from '../../dsl/plan.ts'

/** All of a plan that parameters hang on. */
const plan = {
  pipeline: 'rain',
  parameters: { asOf: { schema: { type: 'string', format: 'date-time' } } },
} as unknown as Plan

function faultOf(given: readonly string[]): CliError['fault'] {
  try {
    parametersOf(plan, given)
  } catch (error) {
    if (error instanceof CliError) return error.fault
  }
  throw new Error('expected a CliError')
}

const instant = {
  expected: 'an instant, ISO 8601 with a time and a zone',
  remedy: 'give it as --param asOf=2001-04-01T00:00:00Z',
}

it.each([
  [[], instant],
  [['asOf=2001-04-01'], instant],
  [['asof=2001-04-01T00:00:00Z'], { expected: '"asOf"' }],
])('of %j says what is expected', (given, expected) => {
  expect(faultOf(given)).toMatchObject(expected)
})

it('takes an instant with a zone', () => {
  expect(parametersOf(plan, ['asOf=2001-04-01T02:00:00+02:00'])).toEqual({ asOf: '2001-04-01T02:00:00+02:00' })
})
