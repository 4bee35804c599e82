import type { Digest } from '../dsl/plan.ts'
import { corrupt, keptChain, type KeptChain, type KeptEntry } from './audit-chain.ts'
import { sealEntry, type AuditEntry } from './audit-entry.ts'
import { sha256Of } from './artifacts.ts'
import { namedChains } from './named-chains.ts'
import type { ObjectStore } from './object-store.ts'
import type { Signer, TrustedKeys } from './signing/dsse.ts'
import { signatureFault } from './signing/statement.ts'

/** Of the folder of all chains. */
export const AUDIT = 'audit'

/**
 * What was done and decided, as chains `audit/<chain>/<n>` of signed entries: `service:<service>`, `model:<model>`,
 * `refusals:<service>`, `approvers`, and `root`, which names the heads of all others (`audit-heads.ts`). Entry n names
 * the one before by its digest. Entries that were read are kept: a chain only grows.
 */
export interface AuditLog {
  /** Chains in code point order; one whose writer died before the first entry is empty. */
  names(): Promise<readonly string[]>
  /**
   * Appends an entry, or answers the one there is of the same key. Of racing callers each gets a number of its own,
   * without gap; cut off anywhere it may be called again. Throws `store-corrupt` where the chain has a gap.
   */
  append(chain: string, draft: AuditDraft, signer: Signer): Promise<Appended>
  /** All entries, each signed by one of `keys`, in its place. Throws `store-corrupt` with the first that is not. */
  entries(chain: string, keys: TrustedKeys): Promise<readonly SignedEntry[]>
  /** The entry of this key, verified, and nothing of the others'. Throws `store-corrupt`. */
  find(chain: string, key: string, keys: TrustedKeys): Promise<SignedEntry | undefined>
}

export interface AuditDraft extends Pick<AuditEntry, 'key' | 'kind' | 'by' | 'body'> {
  /** ISO 8601, UTC. Default: now. */
  readonly at?: string
}

export interface Appended {
  readonly number: number
  readonly digest: Digest
  /** False: it was there. */
  readonly created: boolean
}

export interface SignedEntry {
  readonly entry: AuditEntry
  readonly digest: Digest
  readonly signedBy: string
}

export function audit(objects: ObjectStore): AuditLog {
  const chains = namedChains(objects, AUDIT)
  const kept = new Map<string, KeptChain>()
  const chainOf = (name: string): KeptChain => {
    const chain = kept.get(name) ?? keptChain(chains, name)
    kept.set(name, chain)
    return chain
  }
  // A signature is checked once: the id of a key is made of the key.
  const checked = new WeakSet<KeptEntry>()
  const signed = (one: KeptEntry, keys: TrustedKeys): SignedEntry => {
    const fault = checked.has(one) && keys.has(one.keyId) ? undefined : signatureFault(one.file, { ...one, keys })
    if (fault !== undefined) throw corrupt(fault)
    checked.add(one)
    return { entry: one.entry, digest: one.digest, signedBy: one.keyId }
  }
  return {
    names: () => chains.names(),
    append: (chain, draft, signer) => append(chainOf(chain), draft, signer),
    entries: async (chain, keys) => (await chainOf(chain).read()).map((one) => signed(one, keys)),
    find: async (chain, key, keys) => {
      const found = await chainOf(chain).find(key)
      return found && signed(found, keys)
    },
  }
}

async function append(chain: KeptChain, draft: AuditDraft, signer: Signer): Promise<Appended> {
  while (true) {
    const there = await chain.find(draft.key)
    if (there !== undefined) return { number: there.entry.number, digest: there.digest, created: false }
    const last = chain.last()
    const number = (last?.entry.number ?? 0) + 1
    const { at = new Date().toISOString(), ...said } = draft
    const bytes = sealEntry({ ...said, at, chain: chain.name, number, previous: last?.digest ?? null }, signer)
    if ((await chain.put(number, bytes)) === 'appended') return { number, digest: sha256Of(bytes), created: true }
  }
}
