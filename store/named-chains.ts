import type { ObjectStore } from './object-store.ts'
import { revisionChain, type RevisionChain } from './revision-chain.ts'

/**
 * Chains `<folder>/<name>/<n>` that can be listed: a store lists one level, so each name is an object
 * `<folder>-names/<name>` too, put before the chain's first revision.
 */
export interface NamedChains {
  /** In code point order; one whose writer died before the first revision has an empty chain. */
  names(): Promise<readonly string[]>
  /** Call it before the first `append`. */
  announce(name: string): Promise<void>
  chain(name: string): RevisionChain
  /** The key of a revision. */
  key(name: string, revision: number): string
}

export function namedChains(store: ObjectStore, folder: string): NamedChains {
  const announced = `${folder}-names/`
  return {
    names: async () => (await store.list(announced)).map((key) => key.slice(announced.length)),
    announce: async (name) => void (await store.putIfAbsent(`${announced}${name}`, new Uint8Array())),
    chain: (name) => revisionChain(store, `${folder}/${name}/`),
    key: (name, revision) => `${folder}/${name}/${revision}`,
  }
}
