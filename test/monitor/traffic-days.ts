import type { Engine } from '../../activities/engine.ts'
import type { Clock } from '../../store/generation.ts'
import { traffic, type TrafficRecord } from '../../store/traffic.ts'
import { SERVICE } from './watched-plan.ts'
import { BEGAN, DAY_MILLIS, type WatchedService } from './watched-service.ts'

export interface ADay {
  /** Of the requests, in turn. Default: 0 to 99. */
  readonly x?: readonly number[]
  readonly requests?: number
  /** Every how manieth request has no `stops`. Default: none. */
  readonly missingEvery?: number
  readonly failed?: number
  /** Generation by whose clock it happened. Default 1. */
  readonly generation?: number
  /** When outcomes are told, in days after the request. Default 0.5; null: never. */
  readonly toldAfter?: number | null
}

const EVEN = Array.from({ length: 100 }, (_, at) => at)

/** Lays one day of traffic, from 0, into the log as a gateway does: a segment a day. Half of the predictions are right. */
export async function layDay({ engine }: WatchedService, day: number, clock: Clock, of: ADay = {}): Promise<void> {
  const { x = EVEN, requests = 300, missingEvery, failed = 0, generation: by = 1, toldAfter = 0.5 } = of
  const wallOf = (event: number): number =>
    Math.floor(Date.parse(clock.wallOrigin) + (event - Date.parse(clock.eventOrigin)) / clock.scale)
  const version = { generation: by, model: 'trips', version: 1 }
  const records = Array.from({ length: requests }, (_, at): readonly TrafficRecord[] => {
    const event = BEGAN + (day + (at + 0.5) / requests) * DAY_MILLIS
    const id = `${day}-${at}`
    const stops = missingEvery !== undefined && at % missingEvery === 0 ? null : 1
    const values = { x: x[at % x.length] ?? 0, stops: stops ?? 0 }
    const told =
      toldAfter === null ? [] : [anOutcome(id, { at: wallOf(event + toldAfter * DAY_MILLIS), late: at % 2 === 0 })]
    const wall = wallOf(event)
    const logged = { id, at: wall, event: new Date(event).toISOString(), ...version, weight: 1 }
    return [
      { type: 'prediction', ...logged, request: { x: values.x, stops }, features: values, prediction: [0.3, 0.7] },
      ...told,
    ]
  }).flat()
  const noon = wallOf(BEGAN + (day + 0.5) * DAY_MILLIS)
  const counter = { type: 'counter', second: Math.floor(noon / 1000), ...version } as const
  const counts = { answered: requests, failed, refused: 0, latency: [[40, requests] as [number, number]] }
  await put(engine, noon, [...records, { ...counter, ...counts }])
}

export function anOutcome(id: string, { at, late }: { readonly at: number; readonly late: boolean }): TrafficRecord {
  return { type: 'outcome', id, at, outcomes: { minutes: late ? 60 : 5 } }
}

let segments = 0

export async function put(
  { objects }: Pick<Engine, 'objects'>,
  atMillis: number,
  records: readonly TrafficRecord[],
): Promise<void> {
  await traffic(objects).put({ service: SERVICE, gateway: 'test', atMillis, n: (segments += 1) }, records)
}
