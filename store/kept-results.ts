import type { Digest } from '../dsl/plan.ts'
import type { PublishedResult } from './result-record.ts'
import type { Results } from './results.ts'

/** Results that never change once published, the latest of them in memory: a chain's next step asks for the last one's. */
export interface KeptResults extends Results {
  keep(result: PublishedResult): void
}

/** A record with its output is up to 17 KiB. */
const MOST_KEPT = 1000

export function keptResults(results: Results): KeptResults {
  const kept = new Map<Digest, PublishedResult>()
  const keep = (result: PublishedResult): void => {
    kept.delete(result.key)
    kept.set(result.key, result)
    const [oldest] = kept.keys()
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
  }
  return {
    ...results,
    keep,
    find: async (key) => {
      const found = kept.get(key) ?? (await results.find(key))
      if (found !== undefined) keep(found)
      return found
    },
  }
}
