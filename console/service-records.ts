import { acknowledgements, type Acknowledgement } from '../store/acknowledgements.ts'
import { serviceChain } from '../store/approval-request.ts'
import type { AuditEntry } from '../store/audit-entry.ts'
import { audit, type AuditLog } from '../store/audit.ts'
import { StoreError } from '../store/errors.ts'
import type { Generation } from '../store/generation.ts'
import { monitors, type Monitors, type WindowRecord } from '../store/monitors.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Refresh } from '../store/refresh.ts'
import { refreshes } from '../store/refreshes.ts'
import { services, type Services } from '../store/services.ts'
import type { TrustedKeys } from '../store/signing/dsse.ts'
import type { Checked } from '../store/signing/fault.ts'

/** What is known of a service, as it was at one moment. */
export interface ServiceRecords {
  readonly service: string
  /** The newest ones, the oldest first. */
  readonly windows: readonly WindowRecord[]
  /** The newest ones, the oldest first; never empty. */
  readonly generations: readonly [Generation, ...Generation[]]
  /** Of the service's audit chain, verified, the oldest first. */
  readonly entries: readonly AuditEntry[]
  /** What the look-ups of the past know, made last after training; null: they know what the model was trained on. */
  readonly refresh: Refresh | null
  /** Those that live. */
  readonly gateways: readonly Acknowledgement[]
  /** Wall time. */
  readonly readAtMillis: number
}

/** Of services, in one store. What it has read of chains it keeps: they only grow. */
export interface ServiceReader {
  /** In code point order; one whose writer died before the first generation reads as `undefined`. */
  readonly names: () => Promise<readonly string[]>
  /** `undefined` where the service has no generation. Throws `store-corrupt` and what the store throws. */
  readonly read: (service: string, limits: ReadLimits) => Promise<ServiceRecords | undefined>
}

export interface ReadLimits {
  /** How many windows at most. */
  readonly windows: number
}

/** More moves of traffic than a page of events would show. */
const MOST_GENERATIONS = 200

interface Place {
  readonly objects: ObjectStore
  readonly keys: () => Promise<TrustedKeys>
}

export function serviceReader({ objects, keys }: Place): ServiceReader {
  const chains = { states: services(objects), looks: monitors(objects), log: audit(objects) }
  const kept = new Map<string, Kept>()
  return {
    names: () => chains.states.names(),
    read: async (service, limits) => {
      const of = { ...chains, service, keys: await keys(), kept: kept.get(service) ?? { windows: [], generations: [] } }
      const generations = await newestGenerations(of)
      const [first, ...rest] = generations
      if (first === undefined) return undefined
      const readAtMillis = Date.now()
      const [windows, entries, refresh, gateways] = await Promise.all([
        newestWindows(of, limits),
        of.log.entries(serviceChain(service), of.keys),
        newestRefresh(objects, of),
        acknowledgements(objects).live(service, readAtMillis),
      ])
      // A look at the newest one only is no reason to forget the others.
      kept.set(service, { windows: windows.length < of.kept.windows.length ? of.kept.windows : windows, generations })
      return {
        service,
        windows,
        generations: [first, ...rest],
        entries: entries.map(({ entry }) => entry),
        refresh,
        gateways,
        readAtMillis,
      }
    },
  }
}

/** Of a service, what was read before: each revision of a chain is written once. */
interface Kept {
  readonly windows: readonly WindowRecord[]
  readonly generations: readonly Generation[]
}

interface Reading {
  readonly states: Services
  readonly looks: Monitors
  readonly log: AuditLog
  readonly service: string
  readonly keys: TrustedKeys
  readonly kept: Kept
}

async function newestWindows(
  { looks, service, kept }: Reading,
  { windows }: ReadLimits,
): Promise<readonly WindowRecord[]> {
  const known = new Map(kept.windows.map((window) => [window.number, window]))
  const wanted = newestNumbers(await looks.head(service), windows)
  const found = await Promise.all(wanted.map(async (n) => known.get(n) ?? looks.read(service, n)))
  return found.filter((window) => window !== undefined)
}

async function newestGenerations({ states, service, keys, kept }: Reading): Promise<readonly Generation[]> {
  const known = new Map(kept.generations.map((state) => [state.generation, state]))
  const wanted = newestNumbers(await states.head(service), MOST_GENERATIONS)
  return Promise.all(wanted.map(async (n) => known.get(n) ?? verified(await states.read(service, n, keys)).state))
}

async function newestRefresh(objects: ObjectStore, { service, keys }: Reading): Promise<Refresh | null> {
  const read = await refreshes(objects).current(service, keys)
  return read === undefined ? null : verified(read).refresh
}

function newestNumbers(head: number, count: number): readonly number[] {
  const first = Math.max(1, head - count + 1)
  return Array.from({ length: head - first + 1 }, (_, index) => first + index)
}

function verified<T>(read: Checked<T>): T {
  if ('value' in read) return read.value
  const { file, expected, got } = read.fault
  throw new StoreError('store-corrupt', `store object "${file}": expected ${expected}, got ${got}`)
}
