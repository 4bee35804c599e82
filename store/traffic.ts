import { z } from 'zod'
import type { ObjectStore } from './object-store.ts'
import { hourOf, scanTraffic, type Line } from './scan-traffic.ts'

/**
 * What gateways saw, for verdicts and monitors, never for training: `traffic/<service>/<hour>/<gateway>=<n>`, each a few
 * records of one gateway, a JSON record a line. `<hour>` is the wall hour in UTC, `2026-01-31T07`.
 */
export interface Traffic {
  /** `n`: from 1, by gateway and hour. */
  put(place: SegmentPlace, records: readonly TrafficRecord[]): Promise<void>
  /** The same of lines that `trafficLine` made. `durable`: whether a power cut leaves them; default false. */
  putLines(place: SegmentPlace, lines: string, options?: { readonly durable?: boolean }): Promise<void>
  /** All records with wall time in [from, to), in milliseconds since 1970, in no order. */
  read(service: string, from: number, to: number): Promise<readonly TrafficRecord[]>
  /** The same, a few segments at a time: what is held of a long time is no more than of a short one. */
  scan(service: string, from: number, to: number): AsyncIterable<readonly TrafficRecord[]>
}

export interface SegmentPlace {
  readonly service: string
  readonly gateway: string
  /** When it was made, in milliseconds since 1970: it may hold records of the minute before. */
  readonly atMillis: number
  readonly n: number
}

const version = { generation: z.int(), model: z.string(), version: z.int() }

/**
 * Requests of one second by one generation and version, unsampled. A second may have several, of one gateway too: their
 * sums are all of its requests.
 */
const counterSchema = z.strictObject({
  type: z.literal('counter'),
  /** Wall, in seconds since 1970. */
  second: z.int(),
  ...version,
  /** Answered with a prediction. */
  answered: z.int(),
  /** Failed by the service's fault (5xx): what a canary judges. */
  failed: z.int(),
  /** Refused by the caller's fault (4xx). */
  refused: z.int(),
  /** Of answered and failed ones: [index of the bucket, how many], see `LATENCY_EDGES`. */
  latency: z.array(z.tuple([z.int(), z.int()])),
})

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** One request, sampled. PII columns are masked, hashed or left out as the contract says. */
const predictionSchema = z.strictObject({
  type: z.literal('prediction'),
  id: z.string(),
  /** Wall, in milliseconds since 1970. */
  at: z.int(),
  /** The row's event time, ISO 8601; null without a time column. */
  event: z.string().nullable(),
  ...version,
  /** How many requests it stands for: 1 / sampling rate. */
  weight: z.number(),
  request: z.record(z.string(), scalar),
  features: z.record(z.string(), scalar),
  /** Probabilities by class, or the one value. */
  prediction: z.array(z.number()),
})

/** What came of a request, told later by its id. */
const outcomeSchema = z.strictObject({
  type: z.literal('outcome'),
  id: z.string(),
  at: z.int(),
  outcomes: z.record(z.string(), scalar),
})

export type TrafficCounter = Readonly<z.infer<typeof counterSchema>>
export type LoggedPrediction = Readonly<z.infer<typeof predictionSchema>>
export type LoggedOutcome = Readonly<z.infer<typeof outcomeSchema>>
export type TrafficRecord = TrafficCounter | LoggedPrediction | LoggedOutcome

const recordSchema = z.discriminatedUnion('type', [counterSchema, predictionSchema, outcomeSchema])

/** Eighths of an octave: an edge is at most 9 % above what it stands for. */
const STEPS_AN_OCTAVE = 8
const SHORTEST_MILLIS = 0.0625

/** Upper edges of the latency buckets, in milliseconds, from 0.0625 to 65,536; what is longer falls in one more. */
export const LATENCY_EDGES: readonly number[] = Array.from(
  { length: 20 * STEPS_AN_OCTAVE + 1 },
  (_, index) => SHORTEST_MILLIS * 2 ** (index / STEPS_AN_OCTAVE),
)

/** The bucket of a latency: the first whose edge is not below it. */
export function latencyBucket(millis: number): number {
  if (millis <= SHORTEST_MILLIS) return 0
  return Math.min(Math.ceil(STEPS_AN_OCTAVE * Math.log2(millis / SHORTEST_MILLIS)), LATENCY_EDGES.length)
}

export function traffic(store: ObjectStore): Traffic {
  const putLines: Traffic['putLines'] = async ({ service, gateway, atMillis, n }, lines, { durable = false } = {}) => {
    const key = `traffic/${service}/${hourOf(atMillis)}/${gateway}=${n}`
    await store.putIfAbsent(key, Buffer.from(lines), { durable })
  }
  return {
    putLines,
    put: (place, records) => putLines(place, records.map(trafficLine).join('')),
    read: async (service, from, to) => collected(scanTraffic(store, { service, from, to, lineOf })),
    scan: (service, from, to) => scanTraffic(store, { service, from, to, lineOf }),
  }
}

export function trafficLine(record: TrafficRecord): string {
  return `${JSON.stringify(record)}\n`
}

async function collected(pieces: AsyncIterable<readonly TrafficRecord[]>): Promise<readonly TrafficRecord[]> {
  const all: TrafficRecord[] = []
  for await (const piece of pieces) for (const record of piece) all.push(record)
  return all
}

/** `undefined`: a line that is no record, as of a segment cut short by a power cut. */
function lineOf(text: string): Line | undefined {
  const json = jsonOrUndefined(text)
  if (typeof json !== 'object' || json === null) return undefined
  const millis =
    'second' in json && typeof json.second === 'number' ? json.second * 1000 : 'at' in json ? json.at : undefined
  return typeof millis === 'number' ? { millis, record: () => recordSchema.safeParse(json).data } : undefined
}

function jsonOrUndefined(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
