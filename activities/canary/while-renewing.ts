import { leases } from '../../store/leases.ts'
import type { Engine } from '../engine.ts'
import { whileHeartbeating } from '../heartbeat.ts'

export interface Renewing {
  readonly service: string
  /** Null: there is no share to renew. */
  readonly generation: number | null
  /** What the Temporal UI shows meanwhile. */
  readonly details?: () => unknown
}

/**
 * Heartbeats, and puts the end of the candidate's share off three times a term. A worker that dies is missed by its
 * heartbeats within a third of the term, so the next attempt renews in time.
 */
export function whileRenewing<T>(
  engine: Engine,
  { service, generation, details }: Renewing,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return whileHeartbeating(async (cancelled) => {
    if (generation === null) return work(cancelled)
    const stop = new AbortController()
    const signal = AbortSignal.any([cancelled, stop.signal])
    await renew(engine, service, generation)
    const timer = setInterval(() => {
      renew(engine, service, generation).catch((error: unknown) => stop.abort(error))
    }, engine.trafficLeaseMillis / 3)
    try {
      return await work(signal)
    } finally {
      clearInterval(timer)
    }
  }, details)
}

async function renew(engine: Engine, service: string, generation: number): Promise<void> {
  const until = new Date(Date.now() + engine.trafficLeaseMillis).toISOString()
  await leases(engine.objects).renew({ service, generation, until }, await engine.signer())
}
