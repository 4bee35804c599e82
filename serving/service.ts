import { setTimeout as delay } from 'node:timers/promises'
import type { Acknowledgements } from '../store/acknowledgements.ts'
import type { Leases } from '../store/leases.ts'
import type { Services, SignedGeneration } from '../store/services.ts'
import type { TrustedKeys } from '../store/signing/dsse.ts'
import { acknowledger } from './acknowledger.ts'
import { loadGeneration, type LoadedGeneration } from './loaded-generation.ts'
import type { ModelPool } from './model-pool.ts'
import { newestLoadable, type Refused } from './newest-generation.ts'

/** One service as this gateway answers it. */
export interface Service {
  readonly name: string
  /** `undefined` before the first generation is loaded. */
  readonly current: () => LoadedGeneration | undefined
  readonly refused: () => Refused | null
  /** Ends the watch and takes the gateway off the list; models are closed when no request uses them. */
  readonly close: () => Promise<void>
}

export interface ServiceOptions {
  readonly services: Services
  readonly leases: Leases
  readonly acknowledgements: Acknowledgements
  readonly keys: TrustedKeys
  readonly pool: ModelPool
  readonly gateway: { readonly name: string; readonly address: string }
  readonly observe: ServiceObserver
}

export interface ServiceObserver {
  readonly loaded: (service: string, generation: number) => void
  readonly refused: (service: string, refused: Refused) => void
  readonly lapsed: (service: string, generation: number) => void
  /** The store did not answer. */
  readonly storeDown: (service: string, error: unknown) => void
}

const POLL_MILLIS = 200
const LEASE_POLL_MILLIS = 1000
const ACKNOWLEDGE_MILLIS = 1500
/** A store may be mended. */
const RETRY_REFUSED_MILLIS = 5000

/** Answers when it has looked at the newest generation for the first time, or when the store does not answer. */
export async function openService(name: string, options: ServiceOptions): Promise<Service> {
  const { services, leases, acknowledgements, keys, pool, gateway, observe } = options
  const closing = new AbortController()
  let current: LoadedGeneration | undefined
  let verified: SignedGeneration | undefined
  let refused: Refused | null = null
  /** The newest generation that was looked at. */
  let seen = 0
  let triedAt = 0

  const signOfLife = acknowledger({
    service: name,
    acknowledgements,
    say: () => ({ gateway: gateway.name, address: gateway.address, generation: generationOf(current), refused }),
  })

  async function look(): Promise<void> {
    const newest = await newestAfter(seen)
    const isRetry = refused !== null && performance.now() - triedAt > RETRY_REFUSED_MILLIS
    if (newest === seen && !isRetry) return
    triedAt = performance.now()
    const load = (signed: SignedGeneration): Promise<LoadedGeneration> => {
      verified = later(verified, signed)
      return loadGeneration(signed, pool)
    }
    const found = await newestLoadable(
      { services, service: name, keys, verified, load },
      { from: generationOf(current) + 1, to: newest },
    )
    seen = newest
    take(found.loaded)
    refuse(found.refused)
    await signOfLife.put()
  }

  async function newestAfter(from: number): Promise<number> {
    if (from === 0) return services.head(name)
    let newest = from
    while (await services.has(name, newest + 1)) newest += 1
    return newest
  }

  function take(loaded: LoadedGeneration | undefined): void {
    if (loaded === undefined) return
    const old = current
    current = loaded
    old?.release()
    observe.loaded(name, generationOf(loaded))
  }

  function refuse(found: Refused | null): void {
    if (found !== null && found.reason !== refused?.reason) observe.refused(name, found)
    refused = found
  }

  async function watchLease(): Promise<void> {
    const held = current
    if (held === undefined || held.share === 0 || held.lease.isReported) return
    const { lease } = held
    const until = await leases.until(name, generationOf(held), keys).catch(() => undefined)
    lease.untilMillis = Math.max(lease.untilMillis, until ?? 0)
    lease.lapsed ||= Date.now() >= lease.untilMillis
    lease.isReported = lease.lapsed
    if (lease.isReported) observe.lapsed(name, generationOf(held))
  }

  const every = async (millis: number, work: () => Promise<void>): Promise<void> => {
    while (!closing.signal.aborted) {
      await work().catch((error: unknown) => observe.storeDown(name, error))
      await delay(millis, undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  await look().catch((error: unknown) => observe.storeDown(name, error))
  const watching = [
    every(POLL_MILLIS, look),
    every(LEASE_POLL_MILLIS, watchLease),
    every(ACKNOWLEDGE_MILLIS, signOfLife.put),
  ]
  return {
    name,
    current: () => current,
    refused: () => refused,
    close: async () => {
      closing.abort()
      await Promise.all(watching)
      await signOfLife.withdraw().catch(() => {})
      current?.release()
    },
  }
}

function generationOf(loaded: LoadedGeneration | undefined): number {
  return loaded?.signed.state.generation ?? 0
}

function later(one: SignedGeneration | undefined, other: SignedGeneration): SignedGeneration {
  return one !== undefined && one.state.generation > other.state.generation ? one : other
}
