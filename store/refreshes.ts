import type { Digest } from '../dsl/plan.ts'
import { canonicalJson } from '../dsl/digest.ts'
import type { ObjectStore } from './object-store.ts'
import { refreshSchema, sealRefresh, type Refresh } from './refresh.ts'
import { checkedAs, signedChains, type SignedChains, type SignedRevision } from './signed-chains.ts'
import type { Signer, TrustedKeys } from './signing/dsse.ts'
import type { Checked } from './signing/fault.ts'

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
  const chains = signedChains(store, {
    folder: 'online',
    noun: 'refresh',
    schema: refreshSchema,
    placeOf: ({ service, number }: Refresh) => ({ service, number }),
  })
  return {
    head: (service) => chains.head(service),
    has: (service, number) => chains.has(service, number),
    read: async (service, number, keys) => checkedAs(await chains.read(service, number, keys), asRefresh),
    current: async (service, keys) => {
      const found = await chains.current(service, keys)
      return found && checkedAs(found, asRefresh)
    },
    publish: (draft, options) => publish(chains, { draft, ...options }),
  }
}

function asRefresh({ predicate, digest }: SignedRevision<Refresh>): SignedRefresh {
  return { refresh: predicate, digest }
}

async function publish(
  chains: SignedChains<Refresh>,
  { draft, previous, signer }: PublishOptions & { readonly draft: RefreshDraft },
): Promise<SignedRefresh | 'conflict'> {
  if (previous !== null && isSame(previous.refresh, draft)) return previous
  const number = (previous?.refresh.number ?? 0) + 1
  const publishedAt = new Date().toISOString()
  const refresh = { ...draft, number, previous: previous?.digest ?? null, publishedAt }
  const digest = await chains.append(draft.service, number, sealRefresh(refresh, signer))
  return digest === undefined ? 'conflict' : { refresh, digest }
}

function isSame(refresh: Refresh, { at, files }: RefreshDraft): boolean {
  return refresh.at === at && canonicalJson(refresh.files) === canonicalJson(files)
}
