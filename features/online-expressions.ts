import { digestOf } from '../dsl/digest.ts'
import type { FeaturesSpec } from '../dsl/lifecycle/nodes.ts'
import type { Digest } from '../dsl/plan.ts'
import { familiesOf, pastNodes } from './past-nodes.ts'
import type { ReadContract } from './read-contract.ts'

export type LookingUp = Pick<FeaturesSpec, 'features' | 'contracts'>

/** Names what a file of online features is made for: versions with equal expressions over equal contracts share one. */
export function onlineExpressions({ features, contracts }: LookingUp): Digest {
  return digestOf({ features, contracts })
}

/**
 * How far before a row's time the rows lie that its look-ups read, at most, by contract: the longest window, and until an
 * outcome is known. Every window has an end, those of `latest` too, so that this is all. Milliseconds.
 */
export function lookbacks(
  features: LookingUp['features'],
  contracts: readonly ReadContract[],
): ReadonlyMap<string, number> {
  const longest = new Map<string, number>()
  const nodes = pastNodes(features.map(({ expression }) => expression))
  for (const { contract, knownAfterMicros, nodes: lookUps } of familiesOf(nodes, contracts)) {
    const windows = lookUps.map(({ withinMillis }) => withinMillis + Number(knownAfterMicros / 1000n))
    longest.set(contract.name, Math.max(longest.get(contract.name) ?? 0, ...windows))
  }
  return longest
}
