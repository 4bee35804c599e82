import type { Digest } from '../dsl/plan.ts'
import { canonicalJson } from '../dsl/digest.ts'
import { sha256Of } from './artifacts.ts'
import { namedChains, type NamedChains } from './named-chains.ts'
import type { ObjectStore } from './object-store.ts'
import { refreshSchema, sealRefresh, type Refresh } from './refresh.ts'
import type { Signer, TrustedKeys } from './signing/dsse.ts'
import { altered, type Checked } from './signing/fault.ts'
import { verifyStatement } from './signing/statement.ts'

/**
 * The files that each service looks the past up in, as chains `online/<service>/<n>` of signed refreshes. Refresh n names
 * the one before by its digest, so that an old one, rightly signed, cannot be put in front of a newer one.
 */
export interface Refreshes {
  /** The newest refresh's number; 0 where there is none. */
  head(service: string): Promise<number>
  /** Whether refresh n is there: one look-up, for whoever polls for the next one. */
  has(service: string, number: number): Promise<boolean>
  /** One refresh as one of `keys` signed it, in its own place. Not there: a fault. */
  read(service: string, number: number, keys: TrustedKeys): Promise<Checked<SignedRefresh>>
  /** The newest one; `undefined` where there is none. */
  current(service: string, keys: TrustedKeys): Promise<Checked<SignedRefresh> | undefined>
  /**
   * Appends the refresh after `previous` (null: the first). One of the same step and files as `previous` is that one.
   * `conflict`: another writer was first; nothing was written.
   */
  publish(draft: RefreshDraft, options: PublishOptions): Promise<SignedRefresh | 'conflict'>
}

export interface SignedRefresh {
  readonly refresh: Refresh
  /** Of the entry's bytes: what the next one names. */
  readonly digest: Digest
}

export type RefreshDraft = Pick<Refresh, 'service' | 'at' | 'files' | 'by'>

interface PublishOptions {
  readonly previous: SignedRefresh | null
  readonly signer: Signer
}

export function refreshes(store: ObjectStore): Refreshes {
  const chains = namedChains(store, 'online')
  return {
    head: (service) => chains.chain(service).head(),
    has: (service, number) => store.has(chains.key(service, number)),
    read: (service, number, keys) => read(chains, { service, number, keys }),
    current: async (service, keys) => {
      const number = await chains.chain(service).head()
      return number === 0 ? undefined : read(chains, { service, number, keys })
    },
    publish: (draft, options) => publish(chains, { draft, ...options }),
  }
}

async function publish(
  chains: NamedChains,
  { draft, previous, signer }: PublishOptions & { readonly draft: RefreshDraft },
): Promise<SignedRefresh | 'conflict'> {
  if (previous !== null && isSame(previous.refresh, draft)) return previous
  const number = (previous?.refresh.number ?? 0) + 1
  const publishedAt = new Date().toISOString()
  const refresh = { ...draft, number, previous: previous?.digest ?? null, publishedAt }
  const bytes = sealRefresh(refresh, signer)
  if (number === 1) await chains.announce(draft.service)
  const outcome = await chains.chain(draft.service).append(number - 1, bytes)
  return outcome === 'conflict' ? outcome : { refresh, digest: sha256Of(bytes) }
}

function isSame(refresh: Refresh, { at, files }: RefreshDraft): boolean {
  return refresh.at === at && canonicalJson(refresh.files) === canonicalJson(files)
}

interface Place {
  readonly service: string
  readonly number: number
  readonly keys: TrustedKeys
}

async function read(chains: NamedChains, { service, number, keys }: Place): Promise<Checked<SignedRefresh>> {
  const file = chains.key(service, number)
  const bytes = await chains.chain(service).read(number)
  if (bytes === undefined) return { fault: altered(file, { expected: 'a refresh of online features', got: 'none' }) }
  const checked = verifyStatement(bytes, { file, keys, schema: refreshSchema })
  if ('fault' in checked) return checked
  const refresh = checked.value.statement.predicate
  const found = `refresh ${refresh.number} of "${refresh.service}"`
  const expected = `refresh ${number} of "${service}"`
  if (found !== expected) return { fault: altered(file, { expected, got: found }) }
  return { value: { refresh, digest: sha256Of(bytes) } }
}
