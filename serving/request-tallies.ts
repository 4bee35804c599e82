import type { Answerer } from './traffic-counts.ts'

/** Counts requests by service, version and class of status, without work for labels until somebody reads them. */
export interface RequestTallies {
  readonly add: (service: string, answerer: Answerer, seen: SeenRequest) => void
  /** In the text format of Prometheus. */
  readonly text: () => string
}

export interface SeenRequest {
  readonly status: number
  readonly millis: number
  readonly rows: number
}

/** Upper edges in seconds. */
const EDGES = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5] as const

interface Tally {
  /** Requests by the first digit of their status. */
  readonly codes: Float64Array
  /** Requests by the first edge that is not below them; the last is beyond all. */
  readonly buckets: Float64Array
  seconds: number
  rows: number
}

export function requestTallies(): RequestTallies {
  const byLabels = new Map<string, Tally>()
  const byAnswerer = new WeakMap<Answerer, Tally>()

  function tallyOf(service: string, answerer: Answerer): Tally {
    const labels = `service="${service}",version="${answerer.model}@${answerer.version}"`
    const tally = byLabels.get(labels) ?? aTally()
    byLabels.set(labels, tally)
    byAnswerer.set(answerer, tally)
    return tally
  }

  return {
    add: (service, answerer, { status, millis, rows }) => {
      const tally = byAnswerer.get(answerer) ?? tallyOf(service, answerer)
      increase(tally.codes, Math.floor(status / 100))
      increase(tally.buckets, bucketOf(millis / 1000))
      tally.seconds += millis / 1000
      if (status === 200) tally.rows += rows
    },
    text: () => {
      const all = [...byLabels]
      return [
        ...metric('requests_total', 'counter', 'Inference requests by service, version and class of status'),
        ...all.flatMap(([labels, { codes }]) => codeLines(labels, codes)),
        ...metric('rows_total', 'counter', 'Rows of answered requests'),
        ...all.map(([labels, { rows }]) => `anneal_gateway_rows_total{${labels}} ${rows}`),
        ...metric('request_seconds', 'histogram', 'From the whole body to the answer'),
        ...all.flatMap(([labels, tally]) => histogramLines(labels, tally)),
        '',
      ].join('\n')
    },
  }
}

function aTally(): Tally {
  return { codes: new Float64Array(6), buckets: new Float64Array(EDGES.length + 1), seconds: 0, rows: 0 }
}

function increase(counts: Float64Array, index: number): void {
  counts[index] = (counts[index] ?? 0) + 1
}

function bucketOf(seconds: number): number {
  let bucket = 0
  while (bucket < EDGES.length && seconds > (EDGES[bucket] ?? 0)) bucket += 1
  return bucket
}

function metric(name: string, type: 'counter' | 'histogram', help: string): readonly string[] {
  return [`# HELP anneal_gateway_${name} ${help}`, `# TYPE anneal_gateway_${name} ${type}`]
}

function codeLines(labels: string, codes: Float64Array): readonly string[] {
  return [...codes.entries()]
    .filter(([, count]) => count > 0)
    .map(([digit, count]) => `anneal_gateway_requests_total{${labels},code="${digit}xx"} ${count}`)
}

function histogramLines(labels: string, { buckets, seconds }: Tally): readonly string[] {
  let total = 0
  const lines = [...EDGES, '+Inf'].map((edge, index) => {
    total += buckets[index] ?? 0
    return `anneal_gateway_request_seconds_bucket{${labels},le="${edge}"} ${total}`
  })
  return [
    ...lines,
    `anneal_gateway_request_seconds_sum{${labels}} ${seconds}`,
    `anneal_gateway_request_seconds_count{${labels}} ${total}`,
  ]
}
