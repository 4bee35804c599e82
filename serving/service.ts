import { setTimeout as delay } from 'node:timers/promises'
import type { Acknowledgements } from '../store/acknowledgements.ts'
import type { Leases } from '../store/leases.ts'
import type { Refreshes } from '../store/refreshes.ts'
import type { Services, SignedGeneration } from '../store/services.ts'
import type { TrustedKeys } from '../store/signing/dsse.ts'
import { acknowledger, type Acknowledger } from './acknowledger.ts'
import { FreshFeatures, type FreshOptions, type RefusedRefresh } from './fresh-features.ts'
import { loadGeneration, type LoadedGeneration } from './loaded-generation.ts'
import type { ModelPool, PooledModel } from './model-pool.ts'
import { newestLoadable, type Refused } from './newest-generation.ts'

export interface ServiceOptions {
  readonly services: Services
  readonly leases: Leases
  readonly acknowledgements: Acknowledgements
  readonly refreshes: Refreshes
  /** Read each time that there is something to verify: keys come and go. */
  readonly keys: () => Promise<TrustedKeys>
  readonly pool: ModelPool
  readonly gateway: { readonly name: string; readonly address: string }
  readonly observe: ServiceObserver
}

export interface ServiceObserver {
  readonly loaded: (service: string, generation: number) => void
  readonly refused: (service: string, refused: Refused) => void
  readonly lapsed: (service: string, generation: number) => void
  readonly followed: (service: string, refresh: Parameters<FreshOptions['followed']>[0]) => void
  readonly notFollowed: (service: string, refused: RefusedRefresh) => void
  /** The store does not answer; told once until it does again. */
  readonly storeDown: (service: string, error: unknown) => void
}

const POLL_MILLIS = 200
const LEASE_POLL_MILLIS = 1000
const ACKNOWLEDGE_MILLIS = 1500
/** A store may be mended, and a key become trusted. */
const RETRY_REFUSED_MILLIS = 5000

/** One service as this gateway answers it: the newest generation that verifies, looked for again and again. */
export class Service {
  readonly name: string
  private readonly options: ServiceOptions
  private readonly signOfLife: Acknowledger
  private readonly fresh: FreshFeatures
  private readonly closing = new AbortController()
  private watching: readonly Promise<void>[] = []
  private loaded: LoadedGeneration | undefined
  private refusal: Refused | null = null
  private verified: SignedGeneration | undefined
  /** The newest generation that was looked at. */
  private seen = 0
  private triedAt = 0
  private isStoreDown = false

  private constructor(name: string, options: ServiceOptions) {
    this.name = name
    this.options = options
    const { acknowledgements, gateway, refreshes, keys, observe } = options
    this.fresh = new FreshFeatures(name, {
      refreshes,
      keys,
      followed: (refresh) => observe.followed(name, refresh),
      refused: (refused) => observe.notFollowed(name, refused),
    })
    this.signOfLife = acknowledger({
      service: name,
      acknowledgements,
      say: () => ({
        gateway: gateway.name,
        address: gateway.address,
        generation: generationOf(this.loaded),
        refused: this.refusal,
      }),
    })
  }

  /** Answers when it has looked at the newest generation for the first time, or when the store does not answer. */
  static async open(name: string, options: ServiceOptions): Promise<Service> {
    const service = new Service(name, options)
    await service.attempt(() => service.poll())
    service.watching = [
      service.every(POLL_MILLIS, () => service.poll()),
      service.every(LEASE_POLL_MILLIS, () => service.watchLease()),
      service.every(ACKNOWLEDGE_MILLIS, () => service.signOfLife.put()),
    ]
    return service
  }

  /** `undefined` before the first generation is loaded. */
  current(): LoadedGeneration | undefined {
    return this.loaded
  }

  /** A newer generation that is not loaded. */
  refused(): Refused | null {
    return this.refusal
  }

  /** Ends the watch and takes the gateway off the list; models are closed when no request uses them. */
  async close(): Promise<void> {
    this.closing.abort()
    await Promise.all(this.watching)
    await this.signOfLife.withdraw().catch(() => {})
    this.loaded?.release()
  }

  private async poll(): Promise<void> {
    await this.look()
    await this.fresh.find()
    await this.fresh.bring(modelsOf(this.loaded))
  }

  private async look(): Promise<void> {
    const newest = await this.newest()
    const isRetry = this.refusal !== null && performance.now() - this.triedAt > RETRY_REFUSED_MILLIS
    if (newest === this.seen && !isRetry) return
    this.triedAt = performance.now()
    const { services, keys, pool } = this.options
    const load = async (signed: SignedGeneration): Promise<LoadedGeneration> => {
      this.verified = later(this.verified, signed)
      const loaded = await loadGeneration(signed, pool)
      // A file that cannot be had now is asked for again once the generation answers by its own.
      await this.fresh.bring(modelsOf(loaded)).catch(() => {})
      return loaded
    }
    const search = { services, service: this.name, keys: await keys(), verified: this.verified, load }
    const found = await newestLoadable(search, { from: generationOf(this.loaded) + 1, to: newest })
    this.seen = newest
    this.take(found.loaded)
    this.refuse(found.refused)
    await this.signOfLife.put()
  }

  private async newest(): Promise<number> {
    const { services } = this.options
    if (this.seen === 0) return services.head(this.name)
    let newest = this.seen
    while (await services.has(this.name, newest + 1)) newest += 1
    return newest
  }

  private take(loaded: LoadedGeneration | undefined): void {
    if (loaded === undefined) return
    const old = this.loaded
    this.loaded = loaded
    old?.release()
    this.options.observe.loaded(this.name, generationOf(loaded))
  }

  private refuse(found: Refused | null): void {
    if (found !== null && found.reason !== this.refusal?.reason) this.options.observe.refused(this.name, found)
    this.refusal = found
  }

  private async watchLease(): Promise<void> {
    const held = this.loaded
    if (held === undefined || held.share === 0 || held.lease.isReported) return
    const { lease } = held
    const { leases, keys, observe } = this.options
    const until = await leases.until(this.name, generationOf(held), await keys()).catch(() => undefined)
    lease.untilMillis = Math.max(lease.untilMillis, until ?? 0)
    lease.lapsed ||= Date.now() >= lease.untilMillis
    lease.isReported = lease.lapsed
    if (lease.isReported) observe.lapsed(this.name, generationOf(held))
  }

  private async every(millis: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.closing
    while (!signal.aborted) {
      await this.attempt(work)
      await delay(millis, undefined, { signal }).catch(() => {})
    }
  }

  /** What is held stays as it is while the store does not answer. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.isStoreDown = false
    } catch (error) {
      if (!this.isStoreDown) this.options.observe.storeDown(this.name, error)
      this.isStoreDown = true
    }
  }
}

function modelsOf(loaded: LoadedGeneration | undefined): readonly PooledModel[] {
  return [loaded?.stable, loaded?.candidate].flatMap((model) => model ?? [])
}

function generationOf(loaded: LoadedGeneration | undefined): number {
  return loaded?.signed.state.generation ?? 0
}

function later(one: SignedGeneration | undefined, other: SignedGeneration): SignedGeneration {
  return one !== undefined && one.state.generation > other.state.generation ? one : other
}
