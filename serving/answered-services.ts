import { setTimeout as delay } from 'node:timers/promises'
import type { Services } from '../store/services.ts'
import type { Answering } from './infer.ts'

export interface AnsweredOptions {
  readonly services: Services
  /** Default: every service in the store, those that come later too. */
  readonly only: readonly string[]
  readonly open: (service: string) => Promise<Answering>
}

/** New services are looked for this often. */
const NAMES_MILLIS = 1000

/** The services that a gateway answers for. */
export class AnsweredServices {
  private readonly options: AnsweredOptions
  private readonly byName = new Map<string, Answering>()
  private readonly closing = new AbortController()
  private watching: Promise<void> = Promise.resolve()

  constructor(options: AnsweredOptions) {
    this.options = options
  }

  /** Opens those that are there, and from then on those that come. */
  async watch(): Promise<void> {
    await this.find()
    this.watching = this.findAgain()
  }

  named(service: string): Answering | undefined {
    return this.byName.get(service)
  }

  all(): readonly Answering[] {
    return [...this.byName.values()]
  }

  /**
   * Whether each can answer that should: those asked for by name, and of the others all but those that have no model yet,
   * since a new service must not take the others out of a load balancer.
   */
  areReady(): boolean {
    const { only } = this.options
    if (!only.every((one) => this.byName.has(one))) return false
    return this.all().every(({ service }) => {
      const isNew = only.length === 0 && service.refused() === null
      return isNew || service.current() !== undefined
    })
  }

  dropped(): number {
    return this.all().reduce((sum, { log }) => sum + log.dropped(), 0)
  }

  /** Looks for no more. */
  async stop(): Promise<void> {
    this.closing.abort()
    await this.watching
  }

  async close(): Promise<void> {
    await Promise.all(this.all().flatMap(({ service, log }) => [service.close(), log.close()]))
  }

  private async find(): Promise<void> {
    const { only, services, open } = this.options
    const names = only.length > 0 ? only : await services.names().catch(() => [])
    const found = names.filter((name) => !this.byName.has(name))
    await Promise.all(found.map(async (name) => void this.byName.set(name, await open(name))))
  }

  private async findAgain(): Promise<void> {
    const { signal } = this.closing
    while (!signal.aborted) {
      await delay(NAMES_MILLIS, undefined, { signal }).catch(() => {})
      if (!signal.aborted) await this.find()
    }
  }
}
