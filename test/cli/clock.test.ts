import { expect, it } from 'vitest'
import { clockOf } from '../../cli/run/clock.ts'
import { CliError } from '../../cli/errors.ts'
import type { Plan } from '../../dsl/plan.ts'

const DAY_MILLIS = 86_400_000

/** All of a plan that a clock hangs on. */
const plan = {
  pipeline: 'rain',
  parameters: { asOf: { schema: { type: 'string', format: 'date-time' } } },
  nodes: [
    { kind: 'canary', spec: { holdMillis: DAY_MILLIS } },
    { kind: 'monitor', spec: { windows: { everyMillis: DAY_MILLIS / 24 } } },
  ],
} as unknown as Plan

function clockAt(speed: number): unknown {
  try {
    return clockOf(plan, { param: ['asOf=2001-04-01T00:00:00Z'], speed }).clock
  } catch (error) {
    if (error instanceof CliError) return error.fault
    throw error
  }
}

it.each([
  [1, { scale: 1 }],
  [7200, { scale: 7200, eventOrigin: '2001-04-01T00:00:00.000Z' }],
  [7201, { expected: 'at least 500 ms a step', remedy: expect.stringContaining('--speed 7200 or less') }],
  [17_281, { expected: 'at least 5 s a hold, ten verdicts of 500 ms' }],
])('at speed %d a monitor of hours and a canary of days have time to look, or are refused', (speed, found) => {
  expect(clockAt(speed)).toMatchObject(found)
})
