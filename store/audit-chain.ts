import { auditEntrySchema, placeOf, type AuditEntry } from './audit-entry.ts'
import { sha256Of } from './artifacts.ts'
import { StoreError } from './errors.ts'
import type { Digest } from '../dsl/plan.ts'
import type { NamedChains } from './named-chains.ts'
import { altered, type Checked, type Fault } from './signing/fault.ts'
import { openStatement } from './signing/statement.ts'

/** One chain as this process has read it. An entry is read once: it never changes. */
export interface KeptChain {
  readonly name: string
  /** All entries, those that were appended since the last call included. Throws `store-corrupt`. */
  read(): Promise<readonly KeptEntry[]>
  /** The same for one key. */
  find(key: string): Promise<KeptEntry | undefined>
  /** The newest one that was read. */
  last(): KeptEntry | undefined
  put(number: number, bytes: Uint8Array): Promise<'appended' | 'conflict'>
}

/** In its place and linked to the one before; who signed it is not asked. */
export interface KeptEntry {
  readonly file: string
  readonly entry: AuditEntry
  readonly digest: Digest
  readonly keyId: string
  readonly payload: Uint8Array
  readonly signature: string
}

export function keptChain(chains: NamedChains, name: string): KeptChain {
  const entries: KeptEntry[] = []
  const byKey = new Map<string, KeptEntry>()
  const readOn = async (): Promise<void> => {
    // By its list the first time, so that a gap is not taken for the end.
    const head = entries.length === 0 ? await chains.chain(name).head() : 0
    for (let number = entries.length + 1; ; number += 1) {
      const bytes = await chains.chain(name).read(number)
      if (bytes === undefined && number > head) return
      const place = { file: chains.key(name, number), name, number, previous: entries.at(-1)?.digest }
      const read = required(openEntry(bytes, place))
      entries.push(read)
      if (!byKey.has(read.entry.key)) byKey.set(read.entry.key, read)
    }
  }
  let reading: Promise<void> = Promise.resolve()
  // One after the other, each from its start on: a call sees all that was there when it was made.
  const catchUp = (): Promise<void> => (reading = reading.then(readOn, readOn))
  return {
    name,
    read: async () => {
      await catchUp()
      return [...entries]
    },
    find: async (key) => {
      await catchUp()
      return byKey.get(key)
    },
    last: () => entries.at(-1),
    put: async (number, bytes) => {
      if (number === 1) await chains.announce(name)
      return chains.chain(name).append(number - 1, bytes)
    },
  }
}

export interface EntryPlace {
  readonly file: string
  readonly name: string
  readonly number: number
  readonly previous: Digest | undefined
}

/** An entry in its place, after the one that it was signed to come after. */
export function openEntry(bytes: Uint8Array | undefined, place: EntryPlace): Checked<KeptEntry> {
  const { file, name, number, previous = null } = place
  if (bytes === undefined) return { fault: altered(file, { expected: 'an entry', got: 'none' }) }
  const opened = openStatement(bytes, { file, schema: auditEntrySchema })
  if ('fault' in opened) return opened
  const { statement, ...signed } = opened.value
  const entry = statement.predicate
  const pairs = [
    [placeOf({ chain: name, number }), placeOf(entry)],
    [after(previous), after(entry.previous)],
  ] as const
  const wrong = pairs.find(([expected, got]) => expected !== got)
  if (wrong !== undefined) return { fault: altered(file, { expected: wrong[0], got: wrong[1] }) }
  return { value: { file, entry, digest: sha256Of(bytes), ...signed } }
}

function after(previous: Digest | null): string {
  return previous === null ? 'no entry before it' : `after ${previous}`
}

function required<T>(checked: Checked<T>): T {
  if ('fault' in checked) throw corrupt(checked.fault)
  return checked.value
}

export function corrupt({ file, expected, got }: Fault): StoreError {
  return new StoreError(
    'store-corrupt',
    `store object "${file}": expected ${expected}, got ${got}; restore it from a copy`,
  )
}
