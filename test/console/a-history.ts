import type { ServiceRecords } from '../../console/service-records.ts'
import type { AuditEntry } from '../../store/audit-entry.ts'
import type { Refresh } from '../../store/refresh.ts'
import type { Generation, Served } from '../../store/generation.ts'
import { eventAt, psiOf, SCALE, SERVICE, wallAt, windowsOf } from './some-windows.ts'

function served(version: number): Served {
  const digest = String(version).repeat(64)
  return { model: 'flight-delay', version, entry: digest, rootDigest: digest, plan: digest, features: null }
}

const RUNS = {
  first: 'run:flight-delay:20010401T000000-a1b2c3',
  retrain: 'run:flight-delay:drift-20010507',
} as const

type State = Pick<Generation, 'stable' | 'candidate' | 'cause' | 'by'>

/** What the service answered by, each from its day of event time on. */
const STATES: readonly (readonly [day: number, state: State])[] = [
  [0.1, { stable: null, candidate: { ...served(1), share: 0 }, cause: 'canary', by: RUNS.first }],
  [0.3, { stable: served(1), candidate: null, cause: 'promoted', by: RUNS.first }],
  [45.1, { stable: served(1), candidate: { ...served(2), share: 0 }, cause: 'canary', by: RUNS.retrain }],
  [45.4, { stable: served(1), candidate: { ...served(2), share: 500 }, cause: 'canary', by: RUNS.retrain }],
  [46.2, { stable: served(1), candidate: { ...served(2), share: 2500 }, cause: 'canary', by: RUNS.retrain }],
  [47, { stable: served(2), candidate: null, cause: 'promoted', by: RUNS.retrain }],
]

export function generationsOf(days: number): readonly Generation[] {
  return STATES.filter(([day]) => day <= days).map(([day, state], index) => generationOf(state, { day, index }))
}

function generationOf(state: State, { day, index }: { readonly day: number; readonly index: number }): Generation {
  return {
    service: SERVICE,
    generation: index + 1,
    previous: index === 0 ? null : 'c'.repeat(64),
    ...state,
    until: state.candidate === null ? null : wallAt(day + 5),
    salt: state.by,
    clock: { eventOrigin: eventAt(0), wallOrigin: wallAt(0), scale: SCALE },
    key: `${state.by}/${index}`,
    evidence: null,
    at: wallAt(day),
  }
}

export type EntryDraft = Pick<AuditEntry, 'key' | 'kind' | 'by' | 'at' | 'body'>

/** Of the service's audit chain. */
export function entriesOf(days: number): readonly EntryDraft[] {
  const moves = generationsOf(days).map(({ generation, cause, stable, candidate, by, at, key }) => {
    const reason = cause === 'promoted' ? 'every share held' : null
    return { key: `traffic:${key}`, kind: 'traffic', by, at, body: { generation, cause, stable, candidate, reason } }
  })
  const psi = { kind: 'drift', of: 'origin_late_7d', measure: 'psi', value: psiOf(34), bound: 0.21, end: eventAt(34) }
  const ks = { ...psi, measure: 'ks', value: 0.06 + psiOf(44) * 0.22, bound: 0.3, end: eventAt(44) }
  const retrain = {
    cause: 'drift',
    id: '20010505',
    reason: 'origin_late_7d: psi 0.35, bound 0.21',
    eventAt: eventAt(34.2),
  }
  const again = { ...retrain, id: '20010515', reason: 'origin_late_7d: ks 0.33, bound 0.3', eventAt: eventAt(44.2) }
  const because = 'cool-down: expected 14 days since the last one, got 10 days'
  const told: readonly (readonly [number, Omit<EntryDraft, 'key' | 'at'>])[] = [
    [34.1, { kind: 'alert', by: `monitor:${SERVICE}`, body: psi }],
    [34.2, { kind: 'retrain', by: `monitor:${SERVICE}`, body: { ...retrain, state: 'ordered', run: RUNS.retrain } }],
    [44.1, { kind: 'alert', by: `monitor:${SERVICE}`, body: ks }],
    [44.2, { kind: 'retrain', by: `monitor:${SERVICE}`, body: { ...again, state: 'declined', because } }],
    [
      47.01,
      { kind: 'canary-ended', by: RUNS.retrain, body: { state: 'serving', candidate: 'flight-delay@2', reason: null } },
    ],
  ]
  const others = told.map(([day, { kind, by, body }]) => ({ key: `${kind}:${day}`, kind, by, body, at: wallAt(day) }))
  const all = [...moves, ...others.filter(({ at }) => at <= wallAt(days))]
  return all.toSorted((one, other) => (one.at < other.at ? -1 : 1))
}

/** What is known of the flight delays' service so many days after 1 April 2001. */
export function aHistory({ days }: { readonly days: number }): ServiceRecords {
  const [first, ...rest] = generationsOf(days)
  if (first === undefined) throw new RangeError('days: expected at least 1')
  return {
    service: SERVICE,
    windows: windowsOf(days),
    generations: [first, ...rest],
    entries: entriesOf(days).map(entryOf),
    refresh: days < 2 ? null : refreshOf(days),
    gateways: [
      { gateway: 'g', generation: 2, refused: null, address: 'http://127.0.0.1:8080', until: wallAt(days + 10) },
    ],
    readAtMillis: Date.parse(wallAt(days)) + 2500,
  }
}

function entryOf(draft: EntryDraft, index: number): AuditEntry {
  return { ...draft, chain: `service:${SERVICE}`, number: index + 1, previous: null }
}

/** Made each quarter of a day. */
function refreshOf(days: number): Refresh {
  const asOf = eventAt(Math.floor(days * 4) / 4)
  const file = { expressions: 'e'.repeat(64), file: 'f'.repeat(64), asOf, newest: asOf, coversFrom: eventAt(0) }
  const place = { service: SERVICE, number: 3, previous: null, by: `monitor:${SERVICE}`, publishedAt: wallAt(days) }
  return { ...place, at: asOf, files: [file] }
}
