import type { Plan } from '../../dsl/plan.ts'
import type { Clock } from '../../store/generation.ts'
import { CliError } from '../errors.ts'
import { parametersOf } from './parameters.ts'
import type { RunOptions } from './run-command.ts'

/** Verdicts are computed ten times a hold, and traffic is counted by the second. */
const SHORTEST_HOLD_MILLIS = 5000

/** A window takes a while to evaluate, and traffic is counted by the second. */
const SHORTEST_STEP_MILLIS = 500

/** A run's clock where it is not wall time: event time starts at `asOf` now. Throws `usage`. */
export function clockOf(plan: Plan, { param, speed }: Pick<RunOptions, 'param' | 'speed'>): { readonly clock?: Clock } {
  if (speed === undefined) return {}
  const asOf = parametersOf(plan, param)['asOf']
  if (typeof asOf !== 'string' || Number.isNaN(Date.parse(asOf))) {
    throw new CliError('usage', {
      message: `--speed ${speed}: pipeline "${plan.pipeline}" has no event time to start from`,
      expected: 'a pipeline with the parameter asOf',
      got: 'one without it',
      remedy: 'leave --speed out',
    })
  }
  refuseShortHolds(plan, speed)
  refuseShortSteps(plan, speed)
  const [eventOrigin, wallOrigin] = [new Date(asOf), new Date()].map((date) => date.toISOString()) as [string, string]
  return { clock: { eventOrigin, wallOrigin, scale: speed } }
}

function refuseShortHolds({ nodes }: Plan, speed: number): void {
  const canary = nodes.find((node) => node.kind === 'canary')
  if (canary?.kind !== 'canary' || speed === 1) return
  const millis = canary.spec.holdMillis / speed
  if (millis >= SHORTEST_HOLD_MILLIS) return
  throw new CliError('usage', {
    message: `--speed ${speed}: the canary's holds become too short to judge`,
    expected: `at least ${SHORTEST_HOLD_MILLIS / 1000} s a hold, ten verdicts of 500 ms`,
    got: `${(millis / 1000).toFixed(3)} s`,
    remedy: `give --speed ${Math.floor(canary.spec.holdMillis / SHORTEST_HOLD_MILLIS)} or less, or lengthen the hold`,
  })
}

function refuseShortSteps({ nodes }: Plan, speed: number): void {
  const monitor = nodes.find((node) => node.kind === 'monitor')
  if (monitor?.kind !== 'monitor' || speed === 1) return
  const { everyMillis } = monitor.spec.windows
  const millis = everyMillis / speed
  if (millis >= SHORTEST_STEP_MILLIS) return
  throw new CliError('usage', {
    message: `--speed ${speed}: the monitor's steps become too short to evaluate`,
    expected: `at least ${SHORTEST_STEP_MILLIS} ms a step`,
    got: `${millis.toFixed(0)} ms`,
    remedy: `give --speed ${Math.floor(everyMillis / SHORTEST_STEP_MILLIS)} or less, or lengthen monitor.every`,
  })
}
