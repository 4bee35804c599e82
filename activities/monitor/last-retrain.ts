import type { Engine } from '../engine.ts'
import { decisionOf } from './decide-retrain.ts'
import type { Policy, RetrainDecision } from './requests.ts'
import { orderedRetrains } from './retrains.ts'

/** Servers keep the history of a closed run at least so long, and refuse to start it again as long. */
const KEPT_MILLIS = 24 * 3_600_000

/**
 * The retrain that was ordered last, for a monitor that starts: the one before may have been ended before it started the
 * run. Null where there is none, or where it is so old that a server may have forgotten it. Reads the audit chain; writes
 * nothing. No heartbeat: it is a local activity. Throws StoreError's codes.
 */
export async function lastRetrain(engine: Engine, { service }: Policy): Promise<RetrainDecision | null> {
  const reader = { audit: engine.audit, keys: await engine.trustedKeys() }
  const last = (await orderedRetrains(reader, service)).at(-1)
  if (last === undefined || Date.now() - Date.parse(last.at) > KEPT_MILLIS) return null
  return decisionOf(engine, last)
}
