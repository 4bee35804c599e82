import type { AtMost } from '../../dsl/limits.ts'
import type { MissingCheck, MonitorSpec, SloSpec } from '../../dsl/lifecycle/release-nodes.ts'
import { budgetSpent, burnRate, type Requests } from '../../stats/burn-rate.ts'
import type { StepCounts } from '../../store/monitors.ts'
import { LATENCY_EDGES } from '../../store/traffic.ts'
import { FEWEST_ROWS, instantOf, waits, type Finding } from './finding.ts'
import { isWhole, stepsOf, type Covered, type Step } from './window-steps.ts'

/** Rows of a window's samples. */
export interface MissingWindow {
  readonly isWhole: boolean
  readonly rows: number
  /** By feature: those in which a column that it reads was null. */
  readonly missing: Readonly<Record<string, number>>
}

export function judgeMissing(
  { missing, windows }: Pick<MonitorSpec, 'missing' | 'windows'>,
  { window, end }: { readonly window: MissingWindow; readonly end: number },
): readonly Finding[] {
  const from = instantOf(end - windows.overMillis)
  return missing.map(({ feature, atMost }: MissingCheck): Finding => {
    const subject = { kind: 'missing', of: feature, measure: null, from, declared: atMost } as const
    const { rows } = window
    const nulls = window.missing[feature]
    if (!window.isWhole || rows < FEWEST_ROWS || nulls === undefined) return waits(subject, rows)
    const value = nulls / rows
    return { ...subject, value, bound: atMost, baseline: null, rows, state: value > atMost ? 'breach' : 'within' }
  })
}

/** `p99` over the monitor's windows, `slo p99` over the objective's. */
export function judgeLatency(
  { p99Millis, windows, slo }: Pick<MonitorSpec, 'p99Millis' | 'windows' | 'slo'>,
  { steps, end }: Looking,
): readonly Finding[] {
  const asked = [
    { of: 'p99', limit: p99Millis, overMillis: windows.overMillis },
    { of: 'slo p99', limit: slo?.p99Millis ?? null, overMillis: slo?.overMillis ?? 0 },
  ]
  return asked.flatMap(({ of, limit, overMillis }) =>
    limit === null ? [] : [latencyFinding(stepsOf(steps, end, overMillis), { of, limit })],
  )
}

interface Looking {
  readonly steps: readonly Step[]
  readonly end: number
}

function latencyFinding(
  window: Covered<Step>,
  { of, limit: { atMost } }: { readonly of: string; readonly limit: AtMost },
): Finding {
  const subject = { kind: 'latency', of, measure: null, from: instantOf(window.from), declared: atMost } as const
  const buckets = latencies(window.steps)
  const rows = [...buckets.values()].reduce((sum, count) => sum + count, 0)
  if (!isWhole(window) || rows < FEWEST_ROWS) return waits(subject, rows)
  const value = quantileOf(buckets, 0.99 * rows)
  return { ...subject, value, bound: atMost, baseline: null, rows, state: value > atMost ? 'breach' : 'within' }
}

function latencies(steps: readonly Step[]): ReadonlyMap<number, number> {
  const buckets = new Map<number, number>()
  for (const { counts } of steps) {
    for (const [bucket, count] of counts.latency) buckets.set(bucket, (buckets.get(bucket) ?? 0) + count)
  }
  return buckets
}

/** Milliseconds, linear within a bucket, as `histogram_quantile` of Prometheus; beyond the last edge that edge. */
function quantileOf(buckets: ReadonlyMap<number, number>, rank: number): number {
  let below = 0
  for (const [bucket, count] of [...buckets].toSorted(([one], [other]) => one - other)) {
    if (below + count < rank) {
      below += count
      continue
    }
    const low = LATENCY_EDGES[bucket - 1] ?? 0
    const high = LATENCY_EDGES[bucket] ?? low
    return low + ((high - low) * (rank - below)) / count
  }
  return 0
}

/** "The Site Reliability Workbook" (2018), chapter 5: at this rate 2 % of a month's budget go in an hour. */
const FAST_BURN = 14.4
/** One failure of few requests is no incident. */
const FEWEST_FAILURES = 20

export interface Availability {
  readonly finding: Finding
  readonly budgetSpent: number
}

/**
 * Share of failures over the objective's period, as far as there is one. A breach is a budget that is spent, or a newest
 * step that burns it at `FAST_BURN` times the rate: either is told at once.
 */
export function judgeAvailability(slo: SloSpec, { steps, end }: Looking): Availability {
  const { overMillis, availability } = slo
  const window = stepsOf(steps, end, overMillis)
  // Of an availability of 1 nothing may fail; a billionth keeps the numbers finite.
  const declared = Math.max(1 - availability.atLeast, 1e-9)
  const requests = window.steps.map(({ counts }) => requestsOf(counts))
  const rows = requests.reduce((sum, one) => sum + one.requests, 0)
  const spent = budgetSpent(requests, { share: declared, covered: window.covered })
  const from = instantOf(window.from)
  const subject = { kind: 'availability', of: 'errors', measure: null, from, declared } as const
  const newest = requests.at(-1) ?? { failed: 0, requests: 0 }
  const burnsFast = newest.failed >= FEWEST_FAILURES && burnRate(newest, declared) >= FAST_BURN
  if (!burnsFast && rows < FEWEST_ROWS) return { finding: waits(subject, rows), budgetSpent: spent }
  const value = requests.reduce((sum, { failed }) => sum + failed, 0) / rows
  // 1 - 0.999 is a little more than 0.001.
  const state = burnsFast || spent >= 1 - 1e-9 ? 'breach' : 'within'
  return { finding: { ...subject, value, bound: declared, baseline: null, rows, state }, budgetSpent: spent }
}

function requestsOf({ answered, failed }: StepCounts): Requests {
  return { failed, requests: answered + failed }
}
