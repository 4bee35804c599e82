import { canonicalJson } from '../dsl/digest.ts'
import type { FeatureSpec } from '../dsl/features.ts'
import { FeaturesError } from './errors.ts'
import type { Past } from './evaluate.ts'
import { requireExactSums } from './exact-scale.ts'
import { boundedCache } from './online-cache.ts'
import { familyName, onlineFamilies, onlineKey } from './online-layout.ts'
import { lookUpIn, type LookUp } from './online-look-up.ts'
import { openOnlineFile } from './online-file.ts'
import { entityPages } from './online-entities.ts'
import type { PastNode } from './past-nodes.ts'
import type { ReadContract } from './read-contract.ts'

export interface OnlineOptions {
  readonly features: readonly FeatureSpec[]
  readonly contracts: readonly ReadContract[]
  /** Of decoded pages in memory, for any number of entities. Default: 64. */
  readonly cacheMib?: number
}

/** The past in a file, exact at any clock up to `asOfMicros`; later than that it is what was known then. */
export interface OnlineFeatures extends Past {
  /** Microseconds since 1970. */
  readonly asOfMicros: bigint
  /** Of the cache, as it counts itself. */
  readonly cachedBytes: number
  readonly close: () => void
}

/**
 * Opens what `materialize` has written. Look-ups are synchronous: of pages in memory about a microsecond, of others one read
 * of the file. Throws `online-file` for a file that is damaged, of another format, or made for other features.
 */
export function openOnlineFeatures(
  path: string,
  { features, contracts, cacheMib = 64 }: OnlineOptions,
): OnlineFeatures {
  requireExactSums(features, contracts)
  const file = openOnlineFile(path)
  const cache = boundedCache(cacheMib * 2 ** 20)
  const pagesOf = entityPages(file, cache)
  const byText = new Map<string, LookUp>()
  try {
    for (const family of onlineFamilies(features, contracts)) {
      const number = file.head.families.findIndex(({ name }) => name === familyName(family))
      const entities = pagesOf(number)
      for (const node of family.nodes)
        byText.set(canonicalJson(node), lookUpIn(node, { contract: family.contract, entities }))
    }
  } catch (error) {
    file.close()
    throw error
  }
  const byNode = new WeakMap<PastNode, LookUp>()

  function find(node: PastNode): LookUp {
    const known = byNode.get(node) ?? byText.get(canonicalJson(node))
    if (known === undefined)
      throw new FeaturesError(
        'expression',
        `online features: expected a look-up that they were opened for, got one into "${node.from}"`,
      )
    byNode.set(node, known)
    return known
  }

  return {
    asOfMicros: BigInt(file.head.asOf),
    history: (node, entity, at) => find(node).history(onlineKey(entity), at),
    latest: (node, entity, at) => find(node).latest(onlineKey(entity), at),
    get cachedBytes() {
      return cache.bytes
    },
    close: () => file.close(),
  }
}
