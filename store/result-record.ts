import { z } from 'zod'
import { canonicalJson, digestOf } from '../dsl/digest.ts'
import type { Digest, Json } from '../dsl/plan.ts'
import { sha256Of } from './artifacts.ts'
import { StoreError } from './errors.ts'
import type { ProcessIdentity } from './process-identity.ts'

/** One attempt at making a result. `run` and `node` are for messages of its own process; the claim names the process only. */
export interface Owner extends ProcessIdentity {
  readonly run: string
  readonly node: string
}

/** A node's output, published once for its key and for good. */
export interface PublishedResult {
  readonly format: 1
  readonly key: Digest
  /** SHA-256 of the output's canonical JSON. */
  readonly digest: Digest
  /** Length of the output's canonical JSON. */
  readonly bytes: number
  /** The output where `bytes` is up to 16 KiB; else it is the artifact named `digest`. */
  readonly value?: Json
  /** Artifacts that the output refers to. */
  readonly artifacts: readonly Digest[]
  readonly meta: ResultMeta
}

/** Who made the result. Not part of its digest: it differs between runs that make the same. */
export interface ResultMeta {
  readonly pipeline: string
  readonly node: string
  readonly run: string
  /** ISO 8601, UTC. */
  readonly finishedAt: string
}

/** One revision of a result's chain. `unreadable`: a claim that a power cut left without its bytes. */
export type ChainEntry =
  | { readonly state: 'claim'; readonly owner: ProcessIdentity }
  | { readonly state: 'released' }
  | { readonly state: 'unreadable' }
  | { readonly state: 'result'; readonly result: PublishedResult }

const RESULT_START = '{"result":'
const RELEASED = '{"released":true}'

const claimSchema = z.object({ claim: z.object({ host: z.string(), pid: z.int(), startedAt: z.string() }) })

/** The same bytes for every claim of a process, which a folder store makes good use of. */
export function encodeClaim({ host, pid, startedAt }: ProcessIdentity): Uint8Array {
  return Buffer.from(JSON.stringify({ claim: { host, pid, startedAt } }))
}

export function encodeReleased(): Uint8Array {
  return Buffer.from(RELEASED)
}

/** With a checksum over the whole record, since nothing else names its bytes. `output`: its value's canonical JSON. */
export function encodeResult({ value, ...described }: PublishedResult, output: string): Uint8Array {
  const text = canonicalJson(described)
  // Canonical itself: `value` is the last of the result's names, and `result` comes before `sum`.
  const record = value === undefined ? text : `${text.slice(0, -1)},"value":${output}}`
  return Buffer.from(`${RESULT_START}${record},"sum":"${sha256Of(record)}"}`)
}

/** `name` is the object's key, for messages. Throws `store-corrupt` for a result whose bytes are not those written. */
export function decodeEntry(name: string, bytes: Uint8Array): ChainEntry {
  const text = Buffer.from(bytes).toString('utf8')
  if (text.startsWith(RESULT_START)) return { state: 'result', result: decodeResult(name, text) }
  if (text === RELEASED) return { state: 'released' }
  const claim = claimSchema.safeParse(parseOrUndefined(text))
  return claim.success ? { state: 'claim', owner: claim.data.claim } : { state: 'unreadable' }
}

function decodeResult(name: string, text: string): PublishedResult {
  const parsed = parseOrUndefined(text)
  if (isSummed(parsed)) {
    const found = digestOf(parsed.result)
    if (found === parsed.sum) return parsed.result
    throw corrupt(name, { wanted: `sha256 ${parsed.sum}`, found })
  }
  throw corrupt(name, { wanted: 'a result and its sum', found: 'other bytes' })
}

/** The sum is checked next: bytes that pass are those that `encodeResult` made of a `PublishedResult`. */
function isSummed(value: unknown): value is { readonly result: PublishedResult; readonly sum: Digest } {
  return typeof value === 'object' && value !== null && 'result' in value && 'sum' in value
}

function corrupt(name: string, { wanted, found }: { wanted: string; found: string }): StoreError {
  return new StoreError(
    'store-corrupt',
    `store object "${name}": expected ${wanted}, got ${found}; remove it and run the pipeline again`,
  )
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
