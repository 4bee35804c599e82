import type { Digest, Json } from '../dsl/plan.ts'
import { checkDigest, type Artifacts } from './artifacts.ts'
import { openClaim, removeStale, type Claim } from './claim.ts'
import type { ObjectStore } from './object-store.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { decodeEntry, encodeClaim, type ChainEntry, type Owner, type PublishedResult } from './result-record.ts'
import { revisionChain, revisionKey } from './revision-chain.ts'

/**
 * Publishes each result exactly once, whoever works on it and wherever they are cut off.
 *
 * A key's chain `results/<first 2 hex>/<key>.<n>` holds claims and at last the result. An attempt publishes by putting
 * the revision right after its own claim: if another attempt has claimed since, that revision is taken, so the chain
 * is the fence. Revisions from 2 on are never deleted, so a taken one stays taken. Revision 1 may go once there is a
 * second one: an attempt that claims 1 again has revision 2 against it, and can only adopt what the chain holds.
 *
 * A holder shows life by beats, objects `<key>.<n>.<beat>` beside its claim: hints, which decide nothing.
 */
export interface Results {
  find(key: Digest): Promise<PublishedResult | undefined>
  /** The output itself, verified. */
  output(result: PublishedResult): Promise<Json>
  claim(key: Digest, owner: Owner): Promise<ClaimAnswer>
  /** Claims over the holder that was seen at `revision`; if the chain has moved since, answers as `claim`. */
  takeOver(key: Digest, owner: Owner, revision: number): Promise<ClaimAnswer>
}

export type ClaimAnswer =
  | { readonly state: 'done'; readonly result: PublishedResult }
  | HeldAnswer
  | { readonly state: 'claimed'; readonly claim: Claim }

export interface HeldAnswer {
  readonly state: 'held'
  readonly revision: number
  /** Differs from the last answer's whenever the holder, or the chain, has moved. */
  readonly sign: string
  /** Absent where a power cut left the claim without its bytes. */
  readonly holder?: ProcessIdentity
}

export function results(store: ObjectStore, artifacts: Artifacts): Results {
  const place: Place = { store, artifacts }
  return {
    find: async (key) => {
      if (!(await hasSecond(place, key))) return undefined
      const standing = await look(place, key)
      return standing.entry?.state === 'result' ? standing.entry.result : undefined
    },
    output: async (result) => {
      if (result.value !== undefined) return result.value
      // The artifact's digest was checked: these are the bytes that `publish` made of a Json.
      return JSON.parse(Buffer.from(await artifacts.get(result.digest)).toString('utf8')) as Json
    },
    claim: (key, owner) => claim(place, key, owner),
    takeOver: async (key, owner, revision) =>
      (await append(place, { key, owner, head: revision })) ?? (await claim(place, key, owner)),
  }
}

interface Place {
  readonly store: ObjectStore
  readonly artifacts: Artifacts
}

interface Standing {
  readonly head: number
  /** What the head holds; absent where the chain is empty. */
  readonly entry?: ChainEntry
  /** Whether its end is all that is left of the chain. */
  readonly isPruned: boolean
}

/** From the first revision on, one by one: there are two where nothing went wrong. */
async function look({ store }: Place, key: Digest): Promise<Standing> {
  const prefix = prefixOf(key)
  const first = await store.get(revisionKey(prefix, 1))
  let head = first === undefined ? 0 : 1
  let bytes = first
  // The second one counts whether or not there is a first: that goes once there is a second one.
  for (let revision = 2; ; revision += 1) {
    const found = await store.get(revisionKey(prefix, revision))
    if (found === undefined) break
    head = revision
    bytes = found
  }
  if (bytes === undefined) return { head, isPruned: true }
  // Beats are removed before the first revision, but an attempt that was overtaken may have shown life once more.
  const isPruned = first === undefined && head === 2
  return { head, entry: decodeEntry(revisionKey(prefix, head), bytes), isPruned }
}

async function claim(place: Place, key: Digest, owner: Owner): Promise<ClaimAnswer> {
  // Most keys have neither a claim nor a result, and it is the put that decides: a look would tell nothing more.
  const claimed = (await hasSecond(place, key)) ? undefined : await append(place, { key, owner, head: 0 })
  return claimed ?? (await lookAndClaim(place, key, owner))
}

/** The first revision is a claim or nothing, so this is all that most looks for a result take. */
function hasSecond({ store }: Place, key: Digest): Promise<boolean> {
  return store.has(revisionKey(prefixOf(key), 2))
}

async function lookAndClaim(place: Place, key: Digest, owner: Owner): Promise<ClaimAnswer> {
  while (true) {
    const { head, entry, isPruned } = await look(place, key)
    if (entry?.state === 'result') {
      // Whoever published it may have been killed before it had cleaned up.
      if (!isPruned) await removeStale(place.store, prefixOf(key))
      return { state: 'done', result: entry.result }
    }
    if (entry?.state === 'claim' || entry?.state === 'unreadable') {
      const sign = (await place.store.list(prefixOf(key))).join(' ')
      return { state: 'held', revision: head, sign, ...(entry.state === 'claim' && { holder: entry.owner }) }
    }
    const claimed = await append(place, { key, owner, head })
    if (claimed !== undefined) return claimed
  }
}

interface Append {
  readonly key: Digest
  readonly owner: Owner
  readonly head: number
}

async function append(place: Place, { key, owner, head }: Append): Promise<ClaimAnswer | undefined> {
  const prefix = prefixOf(key)
  const outcome = await revisionChain(place.store, prefix).append(head, encodeClaim(owner), { durable: false })
  if (outcome === 'conflict') return undefined
  return { state: 'claimed', claim: openClaim({ ...place, prefix, key, owner, revision: head + 1 }) }
}

/** `results/<first 2 hex>/<key>.` */
function prefixOf(key: Digest): string {
  checkDigest(key)
  return `results/${key.slice(0, 2)}/${key}.`
}
