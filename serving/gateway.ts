import { mkdir, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Artifacts } from '../store/artifacts.ts'
import { acknowledgements } from '../store/acknowledgements.ts'
import { leases } from '../store/leases.ts'
import { namedChains } from '../store/named-chains.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { openStore } from '../store/open-store.ts'
import { ownIdentity } from '../store/process-identity.ts'
import { refreshes } from '../store/refreshes.ts'
import { services } from '../store/services.ts'
import { trusted } from '../store/signing/keys.ts'
import { traffic } from '../store/traffic.ts'
import { AnsweredServices } from './answered-services.ts'
import { answerers } from './answerers.ts'
import { ServingError } from './errors.ts'
import type { Answering } from './infer.ts'
import { loadModel } from './load-model.ts'
import { gatewayMetrics, type GatewayMetrics } from './metrics.ts'
import { modelPool, type ModelPool } from './model-pool.ts'
import type { MakePages } from './pages.ts'
import { predictionIds } from './prediction-ids.ts'
import { gatewayServer } from './server.ts'
import { Service, type ServiceObserver } from './service.ts'
import { gatewayName, shipJournals } from './ship-journals.ts'
import { TrafficLog } from './traffic-log.ts'

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
  /** Default: none are handed out. */
  readonly pages?: MakePages
}

export interface Gateway {
  readonly name: string
  readonly address: string
  /** Answers what is under way, ships the log, takes itself off the lists. */
  readonly close: () => Promise<void>
}

/** Answers inference requests until it is closed. Throws `address`, `StoreError`, and Node's error where the port is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  refuseOpenAddress(options.host)
  const { objects, artifacts } = openStore(options.store)
  await trusted(options.keys)
  const name = gatewayName(ownIdentity())
  const folders = join(options.stateFolder, 'gateways')
  const folder = join(folders, name)
  await mkdir(join(folder, 'models'), { recursive: true })
  const segments = await shipJournals(folders, traffic(objects)).catch(() => 0)
  if (segments > 0) options.report({ event: 'journals-shipped', segments })

  const metrics = gatewayMetrics({
    services: () => answered.all().map(({ service }) => service),
    dropped: () => answered.dropped(),
  })
  const own: Own = { options, objects, artifacts, folder, name, metrics }
  const pool = poolOf(own)
  let address = ''
  const answered: AnsweredServices = new AnsweredServices({
    services: services(objects),
    only: options.only,
    open: (service) => openAnswering(service, { ...own, pool, address }),
  })
  let isDraining = false
  const isReady = (): boolean => !isDraining && answered.areReady()
  const server = gatewayServer({
    answering: (service) => answered.named(service),
    isReady,
    metrics,
    pages: options.pages?.({ objects, keys: () => trusted(options.keys) }),
  })
  await server.listen({ port: options.port, host: options.host })
  address = addressOf(server.server.address())
  await answered.watch()
  return {
    name,
    address,
    close: async () => {
      isDraining = true
      await answered.stop()
      await server.close()
      await answered.close()
      await pool.settled()
      await objects.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What one gateway consists of. */
interface Own {
  readonly options: GatewayOptions
  readonly objects: ObjectStore
  readonly artifacts: Artifacts
  readonly folder: string
  readonly name: string
  readonly metrics: GatewayMetrics
}

function poolOf({ options, objects, artifacts, folder, metrics }: Own): ModelPool {
  const place = { store: objects, artifacts, chains: namedChains(objects, 'registry') }
  return modelPool(async (served) =>
    loadModel(served, {
      place,
      keys: await trusted(options.keys),
      folder: join(folder, 'models'),
      onBatch: metrics.batch,
      onEnd: () => {
        metrics.event(served.model, 'model-ended')
        options.report({ event: 'model-ended', model: served.model, version: served.version })
      },
    }),
  )
}

async function openAnswering(
  service: string,
  { pool, address, ...own }: Own & { readonly pool: ModelPool; readonly address: string },
): Promise<Answering> {
  const { options, objects, folder, name, metrics } = own
  const opened = await Service.open(service, {
    services: services(objects),
    leases: leases(objects),
    acknowledgements: acknowledgements(objects),
    refreshes: refreshes(objects),
    keys: () => trusted(options.keys),
    pool,
    gateway: { name, address },
    observe: observerOf(own),
  })
  return {
    service: opened,
    log: new TrafficLog({
      service,
      gateway: name,
      traffic: traffic(objects),
      folder: join(folder, 'journal', service),
    }),
    ids: predictionIds(),
    maxSkewMicros: BigInt(options.maxSkewMillis) * 1000n,
    answerer: answerers(),
    observe: (answerer, seen) => metrics.request(service, answerer, seen),
  }
}

function observerOf({ options, metrics }: Own): ServiceObserver {
  const tell = (service: string, event: string, more: object): void => {
    metrics.event(service, event)
    options.report({ event, service, ...more })
  }
  return {
    loaded: (service, generation) => tell(service, 'loaded', { generation }),
    refused: (service, refused) => tell(service, 'refused', refused),
    followed: (service, refresh) => tell(service, 'features-followed', refresh),
    notFollowed: (service, refused) => tell(service, 'features-refused', refused),
    lapsed: (service, generation) => tell(service, 'lease-lapsed', { generation }),
    storeDown: (service, error) =>
      tell(service, 'store-down', { reason: error instanceof Error ? error.message : 'unknown' }),
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
