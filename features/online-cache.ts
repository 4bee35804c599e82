/** What was read last, within a bound of bytes. */
export interface BoundedCache {
  /** A map of its own within the common bound. */
  shelf<Key, Kept>(bytesOf: (kept: Kept, key: Key) => number): Shelf<Key, Kept>
  readonly bytes: number
}

interface Shelf<Key, Kept> {
  get(key: Key): Kept | undefined
  keep(key: Key, kept: Kept): void
}

interface Entry {
  used: boolean
  /** Looked at after this one. */
  next: Entry | undefined
  readonly bytes: number
  readonly forget: () => void
}

interface Held<Kept> extends Entry {
  readonly kept: Kept
}

/** Of a map's entry, the entry itself and its closure; measured. */
const ENTRY_BYTES = 420

/**
 * Second chance: what was asked for since it was last looked at stays for another round. A hit costs one look into a map and
 * one bit, where an order by last use would be mended at each. The queue is linked: a Set walks over what was deleted.
 */
export function boundedCache(limitBytes: number): BoundedCache {
  let [first, last]: [Entry | undefined, Entry | undefined] = [undefined, undefined]
  let bytes = 0

  function push(entry: Entry): void {
    entry.next = undefined
    if (last === undefined) first = entry
    else last.next = entry
    last = entry
  }

  function evict(): void {
    while (bytes > limitBytes && first !== undefined) {
      const entry = first
      first = entry.next
      if (first === undefined) last = undefined
      if (entry.used) {
        entry.used = false
        push(entry)
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
        const own = ENTRY_BYTES + bytesOf(kept, key)
        const entry = { used: false, next: undefined, bytes: own, kept, forget: () => held.delete(key) }
        held.set(key, entry)
        push(entry)
        bytes += own
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
