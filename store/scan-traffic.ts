import type { ObjectStore } from './object-store.ts'
import type { TrafficRecord } from './traffic.ts'

const HOUR_MILLIS = 3_600_000

/** A record may lie in a segment made this much later. */
const LATEST_MILLIS = 60_000

export interface Span {
  readonly service: string
  readonly from: number
  readonly to: number
  /** `undefined`: nothing is said there. */
  readonly lineOf: (text: string) => Line | undefined
}

export interface Line {
  /** Wall time. */
  readonly millis: number
  /** Checks what it says, which takes a while; `undefined`: no record. */
  readonly record: () => TrafficRecord | undefined
}

const AT_ONCE = 16

/** All records with wall time in [from, to), some segments at a time. */
export async function* scanTraffic(store: ObjectStore, span: Span): AsyncGenerator<readonly TrafficRecord[]> {
  const { service, from, to } = span
  for (const hour of hoursIn(from, to)) {
    const keys = await store.list(`traffic/${service}/${hour}/`)
    for (const newestFirst of byGateway(keys).values()) yield* scanGateway(store, newestFirst, span)
  }
}

/** A gateway makes its segments one after another: once all of one is a minute too old, so is all before it. */
async function* scanGateway(
  store: ObjectStore,
  newestFirst: readonly string[],
  { from, to, lineOf }: Span,
): AsyncGenerator<readonly TrafficRecord[]> {
  for (let first = 0; first < newestFirst.length; first += AT_ONCE) {
    const keys = newestFirst.slice(first, first + AT_ONCE)
    const segments = await Promise.all(keys.map((key) => readSegment(store, key, lineOf)))
    yield segments.flatMap((lines) =>
      lines.flatMap(({ millis, record }) => (millis >= from && millis < to ? (record() ?? []) : [])),
    )
    const isOlder = ({ millis }: Line): boolean => millis < from - LATEST_MILLIS
    if (segments.some((segment) => segment.length > 0 && segment.every(isOlder))) return
  }
}

/** Keys end in `<gateway>=<n>`. */
function byGateway(keys: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const gateways = new Map<string, string[]>()
  for (const key of keys) {
    const gateway = key.slice(0, key.lastIndexOf('='))
    const known = gateways.get(gateway)
    if (known === undefined) gateways.set(gateway, [key])
    else known.push(key)
  }
  for (const known of gateways.values()) known.sort((one, other) => numberOf(other) - numberOf(one))
  return gateways
}

function numberOf(key: string): number {
  return Number(key.slice(key.lastIndexOf('=') + 1))
}

function hoursIn(from: number, to: number): readonly string[] {
  const [first, last] = [Math.floor(from / HOUR_MILLIS), Math.floor((to + LATEST_MILLIS) / HOUR_MILLIS)]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => hourOf((first + index) * HOUR_MILLIS))
}

/** `2026-01-31T07` */
export function hourOf(millis: number): string {
  return new Date(millis).toISOString().slice(0, 13)
}

async function readSegment(store: ObjectStore, key: string, lineOf: Span['lineOf']): Promise<readonly Line[]> {
  const bytes = (await store.get(key)) ?? new Uint8Array()
  const lines = Buffer.from(bytes).toString('utf8').split('\n').filter(Boolean)
  return lines.flatMap((line) => lineOf(line) ?? [])
}
