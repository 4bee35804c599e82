import { setTimeout as sleep } from 'node:timers/promises'
import type { Digest } from '../dsl/plan.ts'
import { isAlive, type ProcessIdentity } from './process-identity.ts'
import type { Owner } from './result-record.ts'
import type { ClaimAnswer, HeldAnswer, Results } from './results.ts'

export interface WaitOptions {
  /** A holder without a sign of life for this long is taken over. Holders renew at a third of it. */
  readonly leaseMillis: number
  /** Ends the wait with the signal's reason. Default: waits as long as it takes. */
  readonly signal?: AbortSignal
  /** Called before each wait, up to 50 times a second at first and twice a second later. */
  readonly onWait?: (held: HeldAnswer) => void
}

const FIRST_WAIT_MILLIS = 20
const LONGEST_WAIT_MILLIS = 500

/**
 * The result if there is one, else the claim: at once where nobody holds it or its holder is dead, or once the
 * holder was silent for a whole lease. Silence is measured here, by the monotonic clock: clocks of hosts differ.
 */
export async function waitOrClaim(
  results: Results,
  { key, owner }: { readonly key: Digest; readonly owner: Owner },
  options: WaitOptions,
): Promise<Exclude<ClaimAnswer, HeldAnswer>> {
  let seen = { sign: '', since: 0 }
  for (let wait = FIRST_WAIT_MILLIS; ; wait = Math.min(wait * 1.5, LONGEST_WAIT_MILLIS)) {
    options.signal?.throwIfAborted()
    const answer = await results.claim(key, owner)
    if (answer.state !== 'held') return answer
    const now = performance.now()
    if (seen.sign !== answer.sign) seen = { sign: answer.sign, since: now }
    if (isGone(answer.holder) || now - seen.since >= options.leaseMillis) {
      const taken = await results.takeOver(key, owner, answer.revision)
      if (taken.state !== 'held') return taken
    }
    options.onWait?.(answer)
    await pause(wait, options.signal)
  }
}

function isGone(holder: ProcessIdentity | undefined): boolean {
  return holder !== undefined && isAlive(holder) === false
}

async function pause(millis: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(millis, undefined, signal && { signal }).catch(() => signal?.throwIfAborted())
}
