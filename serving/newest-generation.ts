import { FeaturesError } from '../features/errors.ts'
import { StoreError } from '../store/errors.ts'
import type { Services, SignedGeneration } from '../store/services.ts'
import type { TrustedKeys } from '../store/signing/dsse.ts'
import type { Fault } from '../store/signing/fault.ts'
import { ServingError } from './errors.ts'

/** A generation that is not answered by, and why. */
export interface Refused {
  readonly generation: number
  readonly reason: string
}

export interface Newest<T> {
  /** Of the generations looked at, the newest that verifies and loads. */
  readonly loaded: T | undefined
  /** The newest one that does not, where it is newer than that. */
  readonly refused: Refused | null
}

export interface Search<T> {
  readonly services: Services
  readonly service: string
  readonly keys: TrustedKeys
  /** The newest that verified so far, whether or not it could be loaded. */
  readonly verified: SignedGeneration | undefined
  readonly load: (signed: SignedGeneration) => Promise<T>
}

/** Goes from generation `to` down to `from`, and stops at the first that verifies and loads. Throws `StoreError` where the store does not answer. */
export async function newestLoadable<T>(
  search: Search<T>,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Newest<T>> {
  let refused: Refused | null = null
  for (let generation = to; generation >= from; generation -= 1) {
    const outcome = await attempt(search, generation)
    if (!('reason' in outcome)) return { loaded: outcome.loaded, refused }
    refused ??= { generation, reason: outcome.reason }
  }
  return { loaded: undefined, refused }
}

async function attempt<T>(
  { services, service, keys, verified, load }: Search<T>,
  generation: number,
): Promise<{ readonly loaded: T } | { readonly reason: string }> {
  const read = await services.read(service, generation, keys)
  if ('fault' in read) return { reason: faultText(read.fault) }
  const { state } = read.value
  if (verified?.state.generation === generation - 1 && state.previous !== verified.digest) {
    return {
      reason: `generation ${generation}: expected it to follow ${verified.digest}, got ${state.previous ?? 'none'}`,
    }
  }
  try {
    return { loaded: await load(read.value) }
  } catch (error) {
    return { reason: reasonOf(error) }
  }
}

export function faultText({ file, expected, got }: Fault): string {
  return `${file}: expected ${expected}, got ${got}`
}

/** What the artifacts are wrong in; a store that does not answer may do so later. */
export function reasonOf(error: unknown): string {
  if (error instanceof StoreError && error.code !== 'object-missing' && error.code !== 'store-corrupt') throw error
  if (error instanceof StoreError || error instanceof ServingError || error instanceof FeaturesError)
    return error.message
  return error instanceof Error ? `${error.name}: expected it to load` : 'expected it to load'
}
