import { LATENCY_EDGES, type TrafficRecord } from '../../store/traffic.ts'
import type { SideCounts } from './judge-step.ts'

/** A version under one generation. */
export interface Side {
  readonly generation: number
  readonly model: string
  readonly version: number
}

/** A bucket's latencies lie above the edge before it, up to its own. */
export function countSide(records: readonly TrafficRecord[], side: Side, p99Millis: number): SideCounts {
  let [failed, requests, surelySlow, maybeSlow, timed] = [0, 0, 0, 0, 0]
  for (const record of records) {
    if (record.type !== 'counter' || !isOf(record, side)) continue
    failed += record.failed
    requests += record.answered + record.failed
    for (const [bucket, count] of record.latency) {
      timed += count
      surelySlow += (LATENCY_EDGES[bucket - 1] ?? 0) >= p99Millis ? count : 0
      maybeSlow += (LATENCY_EDGES[bucket] ?? Number.POSITIVE_INFINITY) > p99Millis ? count : 0
    }
  }
  return { failed, requests, surelySlow, maybeSlow, timed }
}

export function isOf({ generation, model, version }: Side, side: Side): boolean {
  return generation === side.generation && model === side.model && version === side.version
}
