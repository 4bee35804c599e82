import { canonicalJson } from '../dsl/digest.ts'
import type { Digest, Json } from '../dsl/plan.ts'
import { sha256Of, type Artifacts } from './artifacts.ts'
import { StoreError } from './errors.ts'
import type { ObjectStore } from './object-store.ts'
import {
  decodeEntry,
  encodeReleased,
  encodeResult,
  type Owner,
  type PublishedResult,
  type ResultMeta,
} from './result-record.ts'
import { revisionChain, revisionKey } from './revision-chain.ts'

/** The right to publish one result. End it by `publish` or `release`. */
export interface Claim {
  readonly key: Digest
  readonly revision: number
  /** Shows life. Throws `superseded` if another has claimed since. */
  renew(): Promise<void>
  /**
   * Durable once it answers. `adopted`: another attempt's result stands, and is the one answered.
   * Throws `superseded`; after any other error it may be called again.
   */
  publish(output: Json, options: PublishOptions): Promise<Publication>
  /** Lets the next attempt claim at once. */
  release(): Promise<void>
}

export interface PublishOptions {
  readonly meta: ResultMeta
  /** Artifacts that the output refers to, already put. Default: none. */
  readonly artifacts?: readonly Digest[]
}

export interface Publication {
  readonly result: PublishedResult
  readonly adopted: boolean
}

/** Larger outputs are artifacts. */
const INLINE_BYTES = 16 * 1024

/** What a claim stands on: the revision `revision` of the chain `prefix` is its own. */
export interface Held {
  readonly store: ObjectStore
  readonly artifacts: Artifacts
  readonly prefix: string
  readonly key: Digest
  readonly owner: Owner
  readonly revision: number
}

export function openClaim(held: Held): Claim {
  const { store, key, prefix, revision } = held
  const chain = revisionChain(store, prefix)
  let beats = 0
  // Renewals one after another, and none under way when the chain is cleaned up.
  let renewal: Promise<void> | undefined

  async function beat(): Promise<void> {
    beats += 1
    await store.putIfAbsent(beatKey(held, beats), new Uint8Array(), { durable: false })
    await store.delete(beatKey(held, beats - 1))
    if ((await chain.head()) === revision) return
    await store.delete(beatKey(held, beats))
    throw superseded(held)
  }

  return {
    key,
    revision,
    renew: () => {
      renewal = renewal?.then(beat, beat) ?? beat()
      return renewal
    },
    publish: async (output, options) => {
      const text = canonicalJson(output)
      const result = resultOf(held, { output, text }, options)
      if (result.value === undefined) await held.artifacts.putBytes(Buffer.from(text))
      const outcome = await chain.append(revision, encodeResult(result, text))
      await renewal?.catch(() => undefined)
      const publication = outcome === 'appended' ? { result, adopted: false } : await adopt(held)
      await prune(held, { beaten: beats > 0 })
      return publication
    },
    release: async () => {
      await renewal?.catch(() => undefined)
      await chain.append(revision, encodeReleased(), { durable: false })
      if (beats > 0) await store.delete(beatKey(held, beats))
    },
  }
}

/** `text`: the output's canonical JSON. */
function resultOf(
  { key }: Held,
  { output, text }: { readonly output: Json; readonly text: string },
  { meta, artifacts = [] }: PublishOptions,
): PublishedResult {
  const bytes = Buffer.byteLength(text)
  const described = { format: 1, key, digest: sha256Of(text), bytes, artifacts, meta } as const
  return bytes <= INLINE_BYTES ? { ...described, value: output } : described
}

async function adopt(held: Held): Promise<Publication> {
  const chain = revisionChain(held.store, held.prefix)
  const head = await chain.head()
  const bytes = await chain.read(head)
  const entry = bytes && decodeEntry(revisionKey(held.prefix, head), bytes)
  if (entry?.state === 'result') return { result: entry.result, adopted: true }
  throw superseded(held)
}

async function prune({ store, prefix, revision }: Held, { beaten }: { readonly beaten: boolean }): Promise<void> {
  const isAlone = !beaten && revision === 1
  await removeStale(store, prefix, isAlone ? [revisionKey(prefix, 1)] : undefined)
}

/**
 * Removes what no reader needs beside the result that a chain ends in. What cannot be removed is in nobody's way.
 * `keys`: all that the chain has. Default: looks.
 */
export async function removeStale(store: ObjectStore, prefix: string, keys?: readonly string[]): Promise<void> {
  const first = revisionKey(prefix, 1)
  try {
    const found = keys ?? (await store.list(prefix))
    await Promise.all(found.filter((name) => isBeat(name, prefix)).map((name) => store.delete(name)))
    // Last: while it is there, whoever finds the result looks for what else may be.
    if (found.includes(first)) await store.delete(first)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
  }
}

function beatKey({ prefix, revision }: Held, beat: number): string {
  return `${revisionKey(prefix, revision)}.${beat}`
}

function isBeat(name: string, prefix: string): boolean {
  return /^\d+\.\d+$/.test(name.slice(prefix.length))
}

function superseded({ owner, key }: Held): StoreError {
  return new StoreError(
    'superseded',
    `node "${owner.node}" of run "${owner.run}": expected to hold the claim on result ${key}, got a later claim; stop this attempt`,
  )
}
