import { mkdir, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { acknowledgements } from '../store/acknowledgements.ts'
import { leases } from '../store/leases.ts'
import { namedChains } from '../store/named-chains.ts'
import { openStore } from '../store/open-store.ts'
import { ownIdentity } from '../store/process-identity.ts'
import { services } from '../store/services.ts'
import { trusted } from '../store/signing/keys.ts'
import { traffic } from '../store/traffic.ts'
import { ServingError } from './errors.ts'
import type { Answering } from './infer.ts'
import { loadModel } from './load-model.ts'
import type { LoadedGeneration } from './loaded-generation.ts'
import { gatewayMetrics } from './metrics.ts'
import { modelPool } from './model-pool.ts'
import { predictionIds } from './prediction-ids.ts'
import { gatewayServer } from './server.ts'
import type { ServedModel } from './served-model.ts'
import { openService } from './service.ts'
import { gatewayName, shipJournals } from './ship-journals.ts'
import type { Answerer } from './traffic-counts.ts'
import { trafficLog } from './traffic-log.ts'

export interface GatewayOptions {
  /** Of the store, the keys and the state, absolute. */
  readonly store: string
  readonly keys: string
  readonly stateFolder: string
  /** Default: every service in the store, those that come later too. */
  readonly only: readonly string[]
  /** 0: a free one. */
  readonly port: number
  readonly host: string
  readonly maxSkewMillis: number
  /** One fact a line, as JSON. */
  readonly report: (fact: Readonly<Record<string, unknown>>) => void
}

export interface Gateway {
  readonly name: string
  readonly address: string
  /** Answers what is under way, ships the log, takes itself off the lists. */
  readonly close: () => Promise<void>
}

/** New services are looked for this often. */
const NAMES_MILLIS = 1000

/** Answers inference requests until it is closed. Throws `address`, `StoreError`, and Node's error where the port is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  refuseOpenAddress(options.host)
  const { objects, artifacts } = openStore(options.store)
  const keys = await trusted(options.keys)
  const name = gatewayName(ownIdentity())
  const folders = join(options.stateFolder, 'gateways')
  const own = join(folders, name)
  await mkdir(join(own, 'models'), { recursive: true })
  const log = traffic(objects)
  const segments = await shipJournals(folders, log).catch(() => 0)
  if (segments > 0) options.report({ event: 'journals-shipped', segments })

  const answering = new Map<string, Answering>()
  const metrics = gatewayMetrics({
    services: () => [...answering.values()].map(({ service }) => service),
    dropped: () => [...answering.values()].reduce((sum, one) => sum + one.log.dropped(), 0),
  })
  const place = { store: objects, artifacts, chains: namedChains(objects, 'registry') }
  const load = { place, keys, folder: join(own, 'models') }
  const pool = modelPool((served) =>
    loadModel(served, {
      ...load,
      onBatch: metrics.batch,
      onEnd: () => {
        metrics.event(served.model, 'model-ended')
        options.report({ event: 'model-ended', model: served.model, version: served.version })
      },
    }),
  )
  let isDraining = false
  const isReady = (): boolean =>
    !isDraining &&
    [...answering.values()].every(({ service }) => service.current() !== undefined) &&
    options.only.every((one) => answering.has(one))
  const server = gatewayServer({ answering: (service) => answering.get(service), isReady, metrics })
  await server.listen({ port: options.port, host: options.host })
  const address = addressOf(server.server.address())
  const ids = predictionIds()
  const watched = services(objects)

  async function add(service: string): Promise<void> {
    const opened = await openService(service, {
      services: watched,
      leases: leases(objects),
      acknowledgements: acknowledgements(objects),
      keys,
      pool,
      gateway: { name, address },
      observe: {
        loaded: (of, generation) => fact(of, 'loaded', { generation }),
        refused: (of, refused) => fact(of, 'refused', refused),
        lapsed: (of, generation) => fact(of, 'lease-lapsed', { generation }),
        storeDown: (of, error) =>
          fact(of, 'store-down', { reason: error instanceof Error ? error.message : 'unknown' }),
      },
    })
    answering.set(service, {
      service: opened,
      log: trafficLog({ service, gateway: name, traffic: log, folder: join(own, 'journal', service) }),
      ids,
      maxSkewMicros: BigInt(options.maxSkewMillis) * 1000n,
      answerer: answerers(),
      observe: (answerer, seen) => metrics.request(service, answerer, seen),
    })
  }

  function fact(service: string, event: string, more: object): void {
    metrics.event(service, event)
    options.report({ event, service, ...more })
  }

  const closing = new AbortController()
  async function findServices(): Promise<void> {
    const names = options.only.length > 0 ? options.only : await watched.names().catch(() => [])
    await Promise.all(names.filter((one) => !answering.has(one)).map(add))
  }

  await findServices()
  const finding = (async () => {
    while (!closing.signal.aborted) {
      await delay(NAMES_MILLIS, undefined, { signal: closing.signal }).catch(() => {})
      if (!closing.signal.aborted) await findServices()
    }
  })()

  return {
    name,
    address,
    close: async () => {
      isDraining = true
      closing.abort()
      await finding
      await server.close()
      const all = [...answering.values()]
      await Promise.all(all.flatMap((one) => [one.service.close(), one.log.close()]))
      await pool.settled()
      await objects.close()
      await rm(own, { recursive: true, force: true })
    },
  }
}

/** Whoever reaches it is answered: there is no authentication yet. */
function refuseOpenAddress(host: string): void {
  if (['127.0.0.1', '::1', 'localhost'].includes(host)) return
  throw new ServingError(
    'address',
    `host: expected 127.0.0.1, got ${JSON.stringify(host)}; the gateway has no authentication yet, so put a proxy that has in front of it`,
  )
}

function addressOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new TypeError('server: expected a port, got none')
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}

/** One object for one version of one generation, so that counting needs no key. */
function answerers(): Answering['answerer'] {
  const known = new WeakMap<LoadedGeneration, Map<ServedModel | undefined, Answerer>>()
  return (generation, model) => {
    const of = known.get(generation) ?? new Map<ServedModel | undefined, Answerer>()
    known.set(generation, of)
    const found = of.get(model) ?? answererOf(generation, model)
    of.set(model, found)
    return found
  }
}

/** A request that no version was chosen for counts for the stable one. */
function answererOf({ signed, stable, candidate }: LoadedGeneration, model: ServedModel | undefined): Answerer {
  const { served } = model ?? stable?.model ?? candidate?.model ?? {}
  return { generation: signed.state.generation, model: served?.model ?? 'none', version: served?.version ?? 0 }
}
