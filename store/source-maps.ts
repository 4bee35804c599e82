import type { Digest } from '../dsl/plan.ts'
import { checkDigest } from './artifacts.ts'
import type { ObjectStore } from './object-store.ts'

/**
 * Keeps the map from a bundle's lines to its author's beside the artifact, at `source-maps/<first 2 hex>/<digest>`.
 * Sources that differ in comments alone share a bundle: the first one's map stays. Losing it harms no run.
 */
export async function putSourceMap(store: ObjectStore, bundle: Digest, map: Uint8Array): Promise<void> {
  await store.putIfAbsent(keyOf(bundle), map, { durable: false })
}

/** The map of a bundle, a source map of version 3; `undefined` where none was kept. */
export function getSourceMap(store: ObjectStore, bundle: Digest): Promise<Uint8Array | undefined> {
  return store.get(keyOf(bundle))
}

function keyOf(bundle: Digest): string {
  checkDigest(bundle)
  return `source-maps/${bundle.slice(0, 2)}/${bundle}`
}
