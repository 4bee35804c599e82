import { LATENCY_EDGES, latencyBucket, type TrafficCounter } from '../store/traffic.ts'

/** Who answered, or would have. */
export interface Answerer {
  readonly generation: number
  readonly model: string
  readonly version: number
}

export type Outcome = 'answered' | 'failed' | 'refused'

/** Counts by second and answerer what happened since it was last asked. */
export interface TrafficCounts {
  readonly add: (answerer: Answerer, outcome: Outcome, millis: number) => void
  readonly take: () => readonly TrafficCounter[]
}

interface Counts {
  readonly second: number
  answered: number
  failed: number
  refused: number
  readonly latency: Uint32Array
}

export function trafficCounts(): TrafficCounts {
  let byAnswerer = new Map<Answerer, Counts>()
  let over: TrafficCounter[] = []

  function countsOf(answerer: Answerer): Counts {
    const second = Math.floor(Date.now() / 1000)
    const found = byAnswerer.get(answerer)
    if (found?.second === second) return found
    if (found !== undefined) over.push(counterOf(answerer, found))
    const counts = { second, answered: 0, failed: 0, refused: 0, latency: new Uint32Array(LATENCY_EDGES.length + 1) }
    byAnswerer.set(answerer, counts)
    return counts
  }

  return {
    add: (answerer, outcome, millis) => {
      const counts = countsOf(answerer)
      counts[outcome] += 1
      if (outcome === 'refused') return
      const bucket = latencyBucket(millis)
      counts.latency[bucket] = (counts.latency[bucket] ?? 0) + 1
    },
    take: () => {
      const taken = [...over, ...[...byAnswerer].map(([answerer, counts]) => counterOf(answerer, counts))]
      byAnswerer = new Map()
      over = []
      return taken
    },
  }
}

function counterOf({ generation, model, version }: Answerer, { latency, ...counts }: Counts): TrafficCounter {
  const pairs: [number, number][] = []
  for (const [bucket, count] of latency.entries()) if (count > 0) pairs.push([bucket, count])
  return { type: 'counter', generation, model, version, ...counts, latency: pairs }
}
