import type { ObjectStore, PutOptions } from './object-store.ts'

/**
 * A mutable thing as numbered revisions `<prefix>1`, `<prefix>2`, …: each is put once and never changes.
 * The highest one is what the thing is at present.
 */
export interface RevisionChain {
  /** The highest revision's number; 0 where there is none. */
  head(): Promise<number>
  read(revision: number): Promise<Uint8Array | undefined>
  /** Puts the revision after `expectedHead`. `conflict`: another writer was first, and nothing was written. */
  append(expectedHead: number, bytes: Uint8Array, options?: PutOptions): Promise<'appended' | 'conflict'>
}

/** `prefix` up to the number, its last separator included: `services/flight-delay/`, `results/0a/0a3f….`. */
export function revisionChain(store: ObjectStore, prefix: string): RevisionChain {
  return {
    head: async () => headOf(await store.list(prefix), prefix),
    read: (revision) => store.get(revisionKey(prefix, revision)),
    append: async (expectedHead, bytes, options) => {
      const outcome = await store.putIfAbsent(revisionKey(prefix, expectedHead + 1), bytes, options)
      return outcome === 'created' ? 'appended' : 'conflict'
    },
  }
}

export function revisionKey(prefix: string, revision: number): string {
  return `${prefix}${revision}`
}

/** The highest revision among keys that start with `prefix`; others than revisions do not count. */
export function headOf(keys: readonly string[], prefix: string): number {
  let head = 0
  for (const key of keys) {
    const number = key.slice(prefix.length)
    if (/^[1-9]\d*$/.test(number)) head = Math.max(head, Number(number))
  }
  return head
}
