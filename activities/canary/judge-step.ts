import type { CanarySpec } from '../../dsl/lifecycle/release-nodes.ts'
import type { Interval } from '../../stats/bootstrap.ts'
import { differenceOf, rateSequence, type Counted } from '../../stats/sequential.ts'

/** All wrong verdicts of one canary together are at most this likely. */
const FAMILY_ALPHA = 0.05
/** What "99th percentile" leaves above it. */
const TAIL = 0.01

/** One version's requests since the step began. A latency's bucket may straddle the bound. */
export interface SideCounts {
  readonly failed: number
  readonly requests: number
  readonly surelySlow: number
  readonly maybeSlow: number
  readonly timed: number
}

export interface QualityFinding {
  readonly metric: string
  /** By how much the candidate is worse; null before there is anything to say. */
  readonly worseBy: Interval | null
  readonly rows: { readonly candidate: number; readonly incumbent: number }
  /** Of the sequence: at all times at once. Of the bootstrap: at its looks, for many rows. */
  readonly by: 'sequence' | 'bootstrap'
}

export interface Observed {
  readonly candidate: SideCounts
  readonly incumbent: SideCounts
  readonly quality: readonly QualityFinding[]
  readonly hold: 'running' | 'over' | 'exhausted'
}

export interface Check {
  readonly name: string
  readonly bound: number
  readonly candidate: Interval
  /** Null where it is not held against the incumbent. */
  readonly incumbent: Interval | null
  /** `good`: shown to be within its bound; `bad`: shown not to be; `open`: either is possible. */
  readonly state: 'good' | 'bad' | 'open'
}

export interface Judgement {
  readonly verdict: 'pass' | 'fail' | 'wait'
  readonly reason: string
  readonly checks: readonly Check[]
}

/** What each sequence may err with: a canary's checks share its alpha, step by step (union bound). */
export function alphaOf({ traffic, quality }: Pick<CanarySpec, 'traffic' | 'quality'>): number {
  return FAMILY_ALPHA / (traffic.length * (CHECKS + quality.length))
}

/** Errors of the candidate; latency of both. */
const CHECKS = 3

/** The verdict on one share at one moment. It may be asked for as often as one likes. */
export function judgeStep(spec: CanarySpec, observed: Observed): Judgement {
  const alpha = alphaOf(spec)
  const checks = [
    errorCheck(spec.errorRate.atMost, { observed, alpha }),
    latencyCheck({ observed, alpha }),
    ...observed.quality.map((finding) => qualityCheck(spec, finding)),
  ]
  const bad = checks.find(({ state }) => state === 'bad')
  if (bad !== undefined) return { verdict: 'fail', reason: badText(bad), checks }
  const open = checks.find(({ state, name }) => state === 'open' && !name.startsWith(QUALITY))
  if (observed.hold === 'running') return { verdict: 'wait', reason: 'the hold is not over', checks }
  if (open === undefined) return { verdict: 'pass', reason: passText(observed), checks }
  const reason = `not enough evidence: ${openText(open, observed.candidate)}`
  return { verdict: observed.hold === 'exhausted' ? 'fail' : 'wait', reason, checks }
}

const QUALITY = 'quality.'

interface Judging {
  readonly observed: Observed
  readonly alpha: number
}

function errorCheck(bound: number, { observed, alpha }: Judging): Check {
  const [candidate, incumbent] = [observed.candidate, observed.incumbent].map(({ failed, requests }) =>
    rateSequence({ events: failed, trials: requests }, alpha),
  ) as [Interval, Interval]
  return { name: 'errors', bound, candidate, incumbent, state: stateOf(candidate, bound) }
}

function stateOf({ low, high }: Interval, bound: number): Check['state'] {
  if (low > bound) return 'bad'
  return high <= bound ? 'good' : 'open'
}

/**
 * The share of requests slower than the bound, which a 99th percentile at the bound would have at 1 %. Where the incumbent
 * is shown to be too slow under the same load, it is what the candidate is held against instead.
 */
function latencyCheck({ observed, alpha }: Judging): Check {
  const candidate = slowShare(observed.candidate, alpha)
  const incumbent = slowShare(observed.incumbent, alpha)
  const check = { name: 'latency', bound: TAIL, candidate, incumbent }
  if (incumbent.low <= TAIL) return { ...check, state: stateOf(candidate, TAIL) }
  const { low, high } = differenceOf(candidate, incumbent)
  const state = candidate.low > TAIL && low > 0 ? 'bad' : candidate.high <= TAIL || high <= TAIL ? 'good' : 'open'
  return { ...check, state }
}

/** From what is surely slower to what may be. */
function slowShare({ surelySlow, maybeSlow, timed }: SideCounts, alpha: number): Interval {
  const among = (events: number): Counted => ({ events, trials: timed })
  return { low: rateSequence(among(surelySlow), alpha).low, high: rateSequence(among(maybeSlow), alpha).high }
}

const NOTHING: Interval = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }

function qualityCheck({ quality }: CanarySpec, { metric, worseBy }: QualityFinding): Check {
  const limit = quality.find((candidate) => candidate.metric === metric)?.limit
  const bound = limit !== undefined && 'notWorseBy' in limit ? limit.notWorseBy : Number.POSITIVE_INFINITY
  const candidate = worseBy ?? NOTHING
  return { name: `${QUALITY}${metric}`, bound, candidate, incumbent: null, state: stateOf(candidate, bound) }
}

function badText({ name, bound, candidate, incumbent }: Check): string {
  const at = `at least ${shown(candidate.low)}`
  switch (name) {
    case 'errors':
      return `errors: expected a share of at most ${bound}, got ${at}`
    case 'latency':
      return `latency: expected at most ${bound} of the requests above the bound, got ${at}${beside(incumbent)}`
    default:
      return `${name}: expected to be worse by at most ${bound}, got ${at}`
  }
}

function beside(incumbent: Interval | null): string {
  return incumbent === null ? '' : ` (incumbent ${shown(incumbent.low)} to ${shown(incumbent.high)})`
}

function openText({ name, bound, candidate }: Check, { requests }: SideCounts): string {
  return `${name} within ${shown(candidate.low)} to ${shown(candidate.high)} after ${requests} requests, bound ${bound}`
}

function passText({ candidate, quality }: Observed): string {
  const known = quality.filter(({ worseBy }) => worseBy !== null).map(({ metric }) => metric)
  const open = quality.filter(({ worseBy }) => worseBy === null).map(({ metric }) => metric)
  const judged = known.length === 0 ? '' : `, ${known.join(', ')} not shown to be worse`
  const missing = open.length === 0 ? '' : `; without outcomes for ${open.join(', ')}`
  return `errors and latency within bounds after ${candidate.requests} requests${judged}${missing}`
}

function shown(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : 'anything'
}
