import { eventMillis, type Clock } from '../store/generation.ts'
import type { SignedGeneration } from '../store/services.ts'
import type { ModelPool, PooledModel } from './model-pool.ts'

/** A generation with its models, swapped as one. */
export interface LoadedGeneration {
  readonly signed: SignedGeneration
  readonly stable: PooledModel | null
  readonly candidate: PooledModel | null
  /** Basis points of the candidate. */
  readonly share: number
  readonly lease: Lease
  /** Microseconds of event time since 1970 of a moment of wall time, in milliseconds. */
  readonly eventMicros: (wallMillis: number) => bigint
  /** Requests under way keep their model until they end. */
  readonly release: () => void
}

/** Until when the candidate has its share. */
export interface Lease {
  untilMillis: number
  /** It ran out once: the stable version has all traffic until there is another generation. */
  lapsed: boolean
  isReported: boolean
}

/** Throws what loading throws; then nothing stays loaded of it. */
export async function loadGeneration(signed: SignedGeneration, pool: ModelPool): Promise<LoadedGeneration> {
  const { stable, candidate, until } = signed.state
  const wanted = [stable, candidate].map((served) => (served === null ? Promise.resolve(null) : pool.acquire(served)))
  const settled = await Promise.allSettled(wanted)
  const models = settled.map((one) => (one.status === 'fulfilled' ? one.value : null))
  const release = (): void => models.forEach((model) => model?.release())
  const failed = settled.find((one) => one.status === 'rejected')
  if (failed !== undefined) {
    release()
    throw failed.reason
  }
  const [loadedStable = null, loadedCandidate = null] = models
  const lease = { untilMillis: until === null ? 0 : Date.parse(until), lapsed: false, isReported: false }
  return {
    signed,
    stable: loadedStable,
    candidate: loadedCandidate,
    share: candidate?.share ?? 0,
    lease,
    eventMicros: clockOf(signed.state.clock),
    release,
  }
}

/** `eventMillis` with its dates read once. */
function clockOf(clock: Clock): (wallMillis: number) => bigint {
  const [origin, wallOrigin] = [eventMillis(clock, Date.parse(clock.wallOrigin)), Date.parse(clock.wallOrigin)]
  return (wallMillis) => BigInt(Math.round((origin + clock.scale * (wallMillis - wallOrigin)) * 1000))
}
