import type { Digest } from '../dsl/plan.ts'
import type { Refreshes, SignedRefresh } from '../store/refreshes.ts'
import type { TrustedKeys } from '../store/signing/dsse.ts'
import type { FollowedPast } from './followed-past.ts'
import type { PooledModel } from './model-pool.ts'
import { faultText, reasonOf } from './newest-generation.ts'

/** A refresh, or a file of it, that is not looked up in, and why. */
export interface RefusedRefresh {
  readonly refresh: number
  readonly reason: string
}

export interface FreshOptions {
  readonly refreshes: Refreshes
  readonly keys: () => Promise<TrustedKeys>
  readonly followed: (refresh: { readonly refresh: number; readonly newest: string }) => void
  readonly refused: (refused: RefusedRefresh) => void
}

/** A store may be mended, and a key become trusted. */
const RETRY_MILLIS = 5000
/** How many refreshes that do not verify are passed over on the way back. */
const MOST_PASSED = 16

/** The newest refresh of one service's online features that verifies, for its models to follow. */
export class FreshFeatures {
  readonly #service: string
  readonly #options: FreshOptions
  #newest: SignedRefresh | undefined
  /** The newest number that was looked at. */
  #seen = 0
  #retryAt = Number.POSITIVE_INFINITY
  /** When a file that was refused is tried again, by its digest. */
  readonly #refusedFiles = new Map<Digest, number>()
  /** The number of the refresh that each follows: two services may share a model. */
  readonly #brought = new WeakMap<FollowedPast, number>()

  constructor(service: string, options: FreshOptions) {
    this.#service = service
    this.#options = options
  }

  /** Looks for a newer refresh. Throws `StoreError` where the store does not answer. */
  async find(): Promise<void> {
    const newest = await this.#newestNumber()
    if (newest === this.#seen && performance.now() < this.#retryAt) return
    const keys = await this.#options.keys()
    const first = Math.max(this.#newest?.refresh.number ?? 0, newest - MOST_PASSED) + 1
    this.#retryAt = Number.POSITIVE_INFINITY
    for (let number = newest; number >= first; number -= 1) {
      const found = await this.#read(number, keys)
      if (typeof found !== 'string') {
        this.#newest = found
        break
      }
      if (newest !== this.#seen) this.#options.refused({ refresh: number, reason: found })
      this.#retryAt = performance.now() + RETRY_MILLIS
    }
    this.#seen = newest
  }

  /**
   * Has models look up in the file that was found for them; one whose file is refused keeps what it has. Throws
   * `StoreError` where the store does not answer.
   */
  async bring(models: readonly PooledModel[]): Promise<void> {
    for (const pooled of models) {
      pooled.retain()
      try {
        await this.#bringOne(pooled)
      } finally {
        pooled.release()
      }
    }
  }

  async #bringOne({ model: { past } }: PooledModel): Promise<void> {
    if (past === null || this.#newest === undefined) return
    const { number, files } = this.#newest.refresh
    const file = files.find(({ expressions }) => expressions === past.expressions)
    if (file === undefined || this.#brought.get(past) === number) return
    if (performance.now() < (this.#refusedFiles.get(file.file) ?? 0)) return
    try {
      const isNew = await past.follow(file)
      this.#brought.set(past, number)
      this.#refusedFiles.clear()
      if (isNew) this.#options.followed({ refresh: number, newest: file.newest })
    } catch (error) {
      const reason = reasonOf(error)
      if (!this.#refusedFiles.has(file.file)) this.#options.refused({ refresh: number, reason })
      this.#refusedFiles.set(file.file, performance.now() + RETRY_MILLIS)
    }
  }

  async #newestNumber(): Promise<number> {
    const { refreshes } = this.#options
    if (this.#seen === 0) return refreshes.head(this.#service)
    let newest = this.#seen
    while (await refreshes.has(this.#service, newest + 1)) newest += 1
    return newest
  }

  /** Or why it is refused. */
  async #read(number: number, keys: TrustedKeys): Promise<SignedRefresh | string> {
    const read = await this.#options.refreshes.read(this.#service, number, keys)
    if ('fault' in read) return faultText(read.fault)
    const { previous } = read.value.refresh
    const held = this.#newest
    if (held?.refresh.number !== number - 1 || previous === held.digest) return read.value
    return `refresh ${number}: expected it to follow ${held.digest}, got ${previous ?? 'none'}`
  }
}
