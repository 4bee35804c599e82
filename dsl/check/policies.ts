import { codeOf } from '../graph.ts'
import { mibOf, type StepPolicy } from '../step-policy.ts'
import { type Duration, millisOf } from '../units.ts'
import type { Issue, Rule } from './issue.ts'

/** What an author wrote, its amount in the range's unit, and the range in words. NaN is an amount that says nothing. */
type Amount = readonly [field: string, got: string | number | undefined, amount: number, range: Range]

interface Range {
  readonly min: number
  readonly max: number
  readonly words: string
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const RANGES = {
  timeout: { min: SECOND, max: 30 * 24 * 60 * MINUTE, words: '1 second to 30 days' },
  heartbeat: { min: SECOND, max: 60 * MINUTE, words: '1 second to 60 minutes' },
  backoff: { min: 0, max: MINUTE, words: '0 seconds to 1 minute' },
  attempts: { min: 1, max: 100, words: 'a whole number, 1 to 100' },
  cpus: { min: 0.1, max: 1024, words: '0.1 to 1024' },
  gpus: { min: 0, max: 64, words: 'a whole number, 0 to 64' },
  memory: { min: 64, max: 1024 * 1024, words: '64 MiB to 1024 GiB' },
} as const satisfies Readonly<Record<string, Range>>

/** The ranges keep a slip of the pen from holding a worker for months or retrying for ever. */
export const policies: Rule = (_, graph) => {
  const units = new Set(graph.flatMap(({ declaration }) => codeOf(declaration)?.unit ?? []))
  return [...units].flatMap(({ kind, name, policy }) =>
    amountsOf(policy).flatMap((amount) => issueOf(`${kind} "${name}"`, amount)),
  )
}

function amountsOf({ timeout, heartbeat, backoff, attempts, resources = {} }: StepPolicy): readonly Amount[] {
  const { cpus, gpus, memory } = resources
  return [
    ['timeout', timeout, millis(timeout), RANGES.timeout],
    ['heartbeat', heartbeat, millis(heartbeat), RANGES.heartbeat],
    ['backoff', backoff, millis(backoff), RANGES.backoff],
    ['attempts', attempts, whole(attempts), RANGES.attempts],
    ['resources.cpus', cpus, cpus ?? Number.NaN, RANGES.cpus],
    ['resources.gpus', gpus, whole(gpus), RANGES.gpus],
    ['resources.memory', memory, memory === undefined ? Number.NaN : mibOf(memory), RANGES.memory],
  ]
}

function issueOf(place: string, [field, got, amount, { min, max, words }]: Amount): readonly Issue[] {
  if (got === undefined || (amount >= min && amount <= max)) return []
  const message = `expected ${field} of ${words}, got ${typeof got === 'string' ? `"${got}"` : got}`
  return [{ rule: 'policy', place, message, remedy: 'change it, or leave it out for the default' }]
}

function millis(duration: Duration | undefined): number {
  return (duration === undefined ? undefined : millisOf(duration)) ?? Number.NaN
}

function whole(count: number | undefined): number {
  return count !== undefined && Number.isInteger(count) ? count : Number.NaN
}
