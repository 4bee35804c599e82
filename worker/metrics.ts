import { createServer } from 'node:http'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Observer } from '../activities/engine.ts'
import { monitorMetrics } from './monitor-metrics.ts'

/** The metrics of one worker process and its children. No label grows with runs or entities. */
export interface Metrics {
  readonly observe: Observer
  /** Serves them at `http://127.0.0.1:<port>/metrics`. Throws Node's error where the port is taken. */
  readonly serve: (port: number) => Promise<{ readonly close: () => void }>
}

export interface MetricsSources {
  /** MiB that the children hold at present. */
  readonly childrenMib: () => readonly number[]
}

/** Seconds: from a cached step to an hour of training. */
const BUCKETS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300, 1200, 3600]

export function metrics({ childrenMib }: MetricsSources): Metrics {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const activities = new Counter({
    name: 'anneal_activities_total',
    help: 'Activities that ended, by kind and outcome: done, or the code of what went wrong',
    labelNames: ['kind', 'outcome'],
    registers: [register],
  })
  const seconds = new Histogram({
    name: 'anneal_activity_seconds',
    help: 'Time of one attempt, waiting for a claim included',
    labelNames: ['kind'],
    buckets: BUCKETS,
    registers: [register],
  })
  const peak = new Gauge({
    name: 'anneal_child_peak_mebibytes',
    help: 'The most memory that the child of a node has held since the worker started',
    labelNames: ['node'],
    registers: [register],
  })
  addChildGauges(register, childrenMib)
  const peaks = new Map<string, number>()
  return {
    observe: {
      activity: (ended) => {
        activities.inc({ kind: ended.kind, outcome: ended.outcome })
        seconds.observe({ kind: ended.kind }, ended.seconds)
      },
      childPeak: (node, mib) => {
        const highest = Math.max(mib, peaks.get(node) ?? 0)
        if (!peaks.has(node) && peaks.size >= MOST_NODES) return
        peaks.set(node, highest)
        peak.set({ node }, highest)
      },
      window: monitorMetrics(register),
    },
    serve: (port) => serve(register, port),
  }
}

/** Node ids come from plans: a worker that has seen more tells of the first ones. */
const MOST_NODES = 200

function addChildGauges(register: Registry, childrenMib: MetricsSources['childrenMib']): void {
  register.registerMetric(
    new Gauge({
      name: 'anneal_children',
      help: 'Child processes that live, warm ones included',
      registers: [],
      collect() {
        this.set(childrenMib().length)
      },
    }),
  )
  register.registerMetric(
    new Gauge({
      name: 'anneal_children_mebibytes',
      help: 'Memory that the children hold at present',
      registers: [],
      collect() {
        this.set(childrenMib().reduce((sum, mib) => sum + mib, 0))
      },
    }),
  )
}

async function serve(register: Registry, port: number): Promise<{ readonly close: () => void }> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    void register.metrics().then((text) => response.writeHead(200, { 'content-type': register.contentType }).end(text))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  return { close: () => server.close() }
}
