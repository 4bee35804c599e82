import type { z } from 'zod'
import type { Digest } from '../dsl/plan.ts'
import { sha256Of } from './artifacts.ts'
import { namedChains } from './named-chains.ts'
import type { ObjectStore } from './object-store.ts'
import type { TrustedKeys } from './signing/dsse.ts'
import { altered, type Checked } from './signing/fault.ts'
import { verifyStatement } from './signing/statement.ts'

/** Chains `<folder>/<service>/<n>` of signed statements, each of which says its own place. */
export interface SignedChains<P> {
  /** In code point order; one whose writer died before the first revision has none. */
  names(): Promise<readonly string[]>
  /** The newest revision's number; 0 where there is none. */
  head(service: string): Promise<number>
  /** Whether revision n is there: one look-up, for whoever polls for the next one. */
  has(service: string, number: number): Promise<boolean>
  /** One revision as one of `keys` signed it, in its own place. Not there: a fault. */
  read(service: string, number: number, keys: TrustedKeys): Promise<Checked<SignedRevision<P>>>
  /** The newest one; `undefined` where there is none. */
  current(service: string, keys: TrustedKeys): Promise<Checked<SignedRevision<P>> | undefined>
  /** Appends revision `number`; answers its digest. `undefined`: another writer was first; nothing was written. */
  append(service: string, number: number, bytes: Uint8Array): Promise<Digest | undefined>
}

export interface SignedRevision<P> {
  readonly predicate: P
  /** Of the entry's bytes: what the next one names. */
  readonly digest: Digest
  readonly signedBy: string
}

export interface ChainKind<P> {
  readonly folder: string
  /** `generation`; of what is not there `a generation` is said. */
  readonly noun: string
  readonly schema: z.ZodType<{ readonly predicate: P }>
  readonly placeOf: (predicate: P) => { readonly service: string; readonly number: number }
}

export function signedChains<P>(store: ObjectStore, { folder, noun, schema, placeOf }: ChainKind<P>): SignedChains<P> {
  const chains = namedChains(store, folder)
  const placed = (service: string, number: number): string => `${noun} ${number} of "${service}"`
  const read: SignedChains<P>['read'] = async (service, number, keys) => {
    const file = chains.key(service, number)
    const bytes = await chains.chain(service).read(number)
    if (bytes === undefined) return { fault: altered(file, { expected: `a ${noun}`, got: 'none' }) }
    const checked = verifyStatement(bytes, { file, keys, schema })
    if ('fault' in checked) return checked
    const { statement, keyId } = checked.value
    const place = placeOf(statement.predicate)
    const [expected, got] = [placed(service, number), placed(place.service, place.number)]
    if (expected !== got) return { fault: altered(file, { expected, got }) }
    return { value: { predicate: statement.predicate, digest: sha256Of(bytes), signedBy: keyId } }
  }
  return {
    names: () => chains.names(),
    head: (service) => chains.chain(service).head(),
    has: (service, number) => store.has(chains.key(service, number)),
    read,
    current: async (service, keys) => {
      const number = await chains.chain(service).head()
      return number === 0 ? undefined : read(service, number, keys)
    },
    append: async (service, number, bytes) => {
      if (number === 1) await chains.announce(service)
      const outcome = await chains.chain(service).append(number - 1, bytes)
      return outcome === 'conflict' ? undefined : sha256Of(bytes)
    },
  }
}

/** What was checked, under another name. */
export function checkedAs<T, U>(checked: Checked<T>, as: (value: T) => U): Checked<U> {
  return 'fault' in checked ? checked : { value: as(checked.value) }
}
