import { eventMillis, type Generation } from '../store/generation.ts'
import { nameOf } from '../store/model-version.ts'
import { LATENCY_EDGES } from '../store/traffic.ts'
import type { StepCounts, WindowCheck, WindowRecord } from '../store/monitors.ts'
import { checkKey } from './check-words.ts'
import type { ServiceRecords } from './service-records.ts'

/** Where a service stands, in a few facts. */
export interface ServiceFacts {
  /** `delay@3`; null before the first model. */
  readonly stable: string | null
  /** Event time since when it is the stable one, as far back as generations were read; null without one. */
  readonly stableSince: string | null
  readonly candidate: { readonly name: string; /** 0 to 1. */ readonly share: number } | null
  readonly generation: Generation
  readonly last: WindowRecord | null
  readonly alerts: readonly StandingAlert[]
  /** `waits`: no check of the last window had enough to say anything. */
  readonly state: 'alert' | 'breach' | 'quiet' | 'waits' | 'no-window'
  /** Event time before which the look-ups of the past know all rows; null: they know what the model was trained on. */
  readonly featuresAsOf: string | null
  /** Event time of now, by the newest generation's clock. */
  readonly now: string
}

export interface StandingAlert {
  readonly check: WindowCheck
  /** End of the first window of the breaches in a row; null: before the windows that were read. */
  readonly since: string | null
}

export function serviceFacts({ windows, generations, refresh, readAtMillis }: ServiceRecords): ServiceFacts {
  const newest = generations.at(-1) ?? generations[0]
  const last = windows.at(-1) ?? null
  const { stable, candidate } = newest
  return {
    stable: stable && nameOf(stable),
    stableSince: stable && iso(eventTimeOf(stableFrom(generations, nameOf(stable)) ?? newest)),
    candidate: candidate && { name: nameOf(candidate), share: candidate.share / 10_000 },
    generation: newest,
    last,
    alerts: last === null ? [] : last.checks.filter(({ alert }) => alert).map((check) => standing(check, windows)),
    state: stateOf(last),
    featuresAsOf: refresh?.files.map(({ asOf }) => asOf).toSorted()[0] ?? null,
    now: iso(eventMillis(newest.clock, readAtMillis)),
  }
}

/** `2 alerts`, `quiet`: for lists. */
export function stateWords({ state, alerts }: ServiceFacts): string {
  if (state === 'alert') return alerts.length === 1 ? '1 alert' : `${alerts.length} alerts`
  return { breach: 'breach', quiet: 'quiet', waits: 'waits for traffic', 'no-window': 'no window yet' }[state]
}

/** How it does, as a sentence. */
export function verdictWords({ state, alerts }: Pick<ServiceFacts, 'state' | 'alerts'>): string {
  switch (state) {
    case 'alert':
      return alerts.length === 1 ? '1 alert stands' : `${alerts.length} alerts stand`
    case 'breach':
      return 'a bound is broken, not yet often enough for an alert'
    case 'quiet':
      return 'no alert stands'
    case 'waits':
      return 'too little traffic to say anything yet'
    case 'no-window':
      return 'no window has been looked at yet'
  }
}

/** Event time at which a generation was published, in milliseconds since 1970. */
export function eventTimeOf({ clock, at }: Pick<Generation, 'clock' | 'at'>): number {
  return eventMillis(clock, Date.parse(at))
}

/** The first generation of the newest uninterrupted row by this stable version. */
function stableFrom(generations: readonly Generation[], name: string): Generation | undefined {
  const other = generations.findLastIndex(({ stable }) => stable === null || nameOf(stable) !== name)
  return generations[other + 1]
}

/** Each row of breaches begins with the first one. */
function standing(check: WindowCheck, windows: readonly WindowRecord[]): StandingAlert {
  const key = checkKey(check)
  const first = windows.findLast(({ checks }) => checks.find((one) => checkKey(one) === key)?.breaches === 1)
  return { check, since: first?.end ?? null }
}

function stateOf(last: WindowRecord | null): ServiceFacts['state'] {
  if (last === null) return 'no-window'
  if (last.checks.some(({ alert }) => alert)) return 'alert'
  if (last.checks.some(({ state }) => state === 'breach')) return 'breach'
  return last.checks.length > 0 && last.checks.every(({ state }) => state === 'wait') ? 'waits' : 'quiet'
}

/** 99th percentile in milliseconds, at most 9 % above what it was; null without requests. */
export function p99Of({ latency }: Pick<StepCounts, 'latency'>): number | null {
  const buckets = latency.toSorted(([one], [other]) => one - other)
  const all = buckets.reduce((sum, [, count]) => sum + count, 0)
  let left = Math.ceil(0.99 * all)
  for (const [bucket, count] of buckets) {
    left -= count
    if (left <= 0 && all > 0) return LATENCY_EDGES[bucket] ?? LATENCY_EDGES.at(-1) ?? null
  }
  return null
}

/** The last moment that a date can be. */
const LAST_MILLIS = 8.64e15

function iso(millis: number): string {
  return new Date(Math.min(millis, LAST_MILLIS)).toISOString()
}
