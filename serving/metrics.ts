import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { requestTallies, type RequestTallies } from './request-tallies.ts'
import type { Service } from './service.ts'

/** The metrics of one gateway. Labels are services, versions and codes: none grows with requests. */
export interface GatewayMetrics {
  readonly contentType: string
  readonly text: () => Promise<string>
  readonly request: RequestTallies['add']
  readonly batch: (rows: number) => void
  /** `loaded`, `refused`, `lease-lapsed`, `features-followed`, `features-refused`, `store-down`, `model-ended`. */
  readonly event: (service: string, event: string) => void
}

export interface MetricsSources {
  readonly services: () => readonly Service[]
  readonly dropped: () => number
}

const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]

export function gatewayMetrics(sources: MetricsSources): GatewayMetrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const tallies = requestTallies()
  const batches = new Histogram({
    name: 'anneal_gateway_batch_rows',
    help: 'Rows that a model scored at once',
    buckets: SIZES,
    registers,
  })
  const events = new Counter({
    name: 'anneal_gateway_events_total',
    help: 'What happened to services: loaded, refused, lease-lapsed, features-followed, features-refused, store-down, model-ended',
    labelNames: ['service', 'event'],
    registers,
  })
  addStates(registry, sources)
  return {
    contentType: registry.contentType,
    text: async () => `${await registry.metrics()}\n${tallies.text()}`,
    request: tallies.add,
    batch: (count) => batches.observe(count),
    event: (service, event) => events.inc({ service, event }),
  }
}

function addStates(registry: Registry, { services, dropped }: MetricsSources): void {
  const labelNames = ['service']
  const gauge = (name: string, help: string, value: (service: Service) => number | undefined): void => {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames,
        registers: [],
        collect() {
          this.reset()
          for (const service of services()) {
            const found = value(service)
            if (found !== undefined) this.set({ service: service.name }, found)
          }
        },
      }),
    )
  }
  gauge(
    'anneal_gateway_generation',
    'The generation that is answered by; 0 before the first',
    (one) => one.current()?.signed.state.generation ?? 0,
  )
  gauge(
    'anneal_gateway_refused_generation',
    'A newer generation that is not loaded; 0 where there is none',
    (one) => one.refused()?.generation ?? 0,
  )
  gauge('anneal_gateway_candidate_lease', '1: the candidate has its share; 0: its lease has run out', leaseOf)
  gauge(
    'anneal_gateway_features_as_of_seconds',
    'The event time, in seconds since 1970, up to which the online features know the past',
    asOfOf,
  )
  registry.registerMetric(
    new Counter({
      name: 'anneal_gateway_log_dropped_total',
      help: 'Records of the traffic log that were lost',
      registers: [],
      collect() {
        this.reset()
        this.inc(dropped())
      },
    }),
  )
}

function leaseOf(service: Service): number | undefined {
  const generation = service.current()
  if (generation === undefined || generation.share === 0) return undefined
  return generation.lease.lapsed || Date.now() >= generation.lease.untilMillis ? 0 : 1
}

/** Of what a row of this moment is looked up in. */
function asOfOf(service: Service): number | undefined {
  const generation = service.current()
  const past = generation?.stable?.model.past
  if (generation === undefined || past === undefined || past === null) return undefined
  return Number(past.knownTo(generation.eventMicros(Date.now()))) / 1e6
}
