/** What was read last, within a bound of bytes. */
export interface BoundedCache {
  /** A map of its own within the common bound. */
  shelf<Key, Kept>(bytesOf: (kept: Kept, key: Key) => number): Shelf<Key, Kept>
  readonly bytes: number
}

export interface Shelf<Key, Kept> {
  get(key: Key): Kept | undefined
  keep(key: Key, kept: Kept): void
}

interface Entry {
  used: boolean
  readonly bytes: number
  readonly forget: () => void
}

interface Held<Kept> extends Entry {
  readonly kept: Kept
}

/** Of a map's entry, a set's entry, the entry itself and its closure; measured. */
const ENTRY_BYTES = 300

/**
 * Second chance: what was asked for since it was last looked at stays for another round. A hit costs one look into a map and
 * one bit, where an order by last use would be mended at each.
 */
export function boundedCache(limitBytes: number): BoundedCache {
  const queue = new Set<Entry>()
  let bytes = 0

  function evict(): void {
    for (const entry of queue) {
      if (bytes <= limitBytes) return
      queue.delete(entry)
      if (entry.used) {
        entry.used = false
        queue.add(entry)
      } else {
        bytes -= entry.bytes
        entry.forget()
      }
    }
  }

  function shelf<Key, Kept>(bytesOf: (kept: Kept, key: Key) => number): Shelf<Key, Kept> {
    const held = new Map<Key, Held<Kept>>()
    return {
      get: (key) => {
        const entry = held.get(key)
        if (entry !== undefined) entry.used = true
        return entry?.kept
      },
      keep: (key, kept) => {
        const entry = { used: false, bytes: ENTRY_BYTES + bytesOf(kept, key), kept, forget: () => held.delete(key) }
        held.set(key, entry)
        queue.add(entry)
        bytes += entry.bytes
        evict()
      },
    }
  }

  return {
    shelf,
    get bytes() {
      return bytes
    },
  }
}
