import type { Digest, Json } from '../dsl/plan.ts'
import type { PublishedResult } from '../store/result-record.ts'
import { waitOrClaim } from '../store/wait-or-claim.ts'
import { artifactsIn } from './children/files.ts'
import type { Engine } from './engine.ts'
import { outputOf } from './node-scope.ts'
import type { NodeAnswer } from './requests.ts'

export interface Publication {
  readonly key: Digest
  readonly pipeline: string
  readonly node: string
  readonly run: string
  /** Aborts when the activity is cancelled. Default: never. */
  readonly signal?: AbortSignal
}

export interface Attempt {
  /** Aborts when the activity is cancelled, or when another attempt has overtaken this one. */
  readonly signal: AbortSignal
  /** Another attempt held the claim before, and may be stalled rather than dead. */
  readonly overtook: boolean
}

/**
 * Makes the result named `key` unless it is there: claims it, works, publishes.
 * Dies anywhere: the claim is taken over (at once where its holder is seen dead, else after a lease) and worked on anew.
 * Paused and overtaken: publishing fails as `superseded`, and what the overtaking attempt publishes stands.
 */
export async function publishOnce(
  engine: Engine,
  publication: Publication,
  work: (attempt: Attempt) => Promise<Json>,
): Promise<NodeAnswer> {
  const { key, pipeline, node, run, signal } = publication
  const owner = { ...engine.worker, run, node }
  let waited = false
  const options = { leaseMillis: engine.leaseMillis, onWait: () => (waited = true), ...(signal && { signal }) }
  const outcome = await waitOrClaim(engine.results, { key, owner }, options)
  if (outcome.state === 'done') return answerOf(keep(engine, outcome.result), { reused: true })
  const { claim } = outcome
  const stop = new AbortController()
  const cancel = (): void => stop.abort(signal?.reason)
  signal?.addEventListener('abort', cancel)
  const renewal = setInterval(() => {
    claim.renew().catch((error: unknown) => stop.abort(error))
  }, engine.leaseMillis / 3)
  try {
    signal?.throwIfAborted()
    const output = await work({ signal: stop.signal, overtook: waited })
    const meta = { pipeline, node, run, finishedAt: new Date().toISOString() }
    const { result, adopted } = await claim.publish(output, { meta, artifacts: artifactsIn(output) })
    return answerOf(keep(engine, result), { reused: adopted })
  } catch (error) {
    // What went wrong first is what has to be told; a claim that cannot be released runs out.
    await claim.release().catch(() => undefined)
    throw error
  } finally {
    clearInterval(renewal)
    signal?.removeEventListener('abort', cancel)
  }
}

/** The same, answering what is published. */
export async function publishValue(
  engine: Engine,
  publication: Publication,
  work: (attempt: Attempt) => Promise<Json>,
): Promise<Json> {
  const { key } = await publishOnce(engine, publication, work)
  return outputOf(engine, publication.node, key)
}

export function answerOf({ key, digest }: PublishedResult, { reused }: { readonly reused: boolean }): NodeAnswer {
  return { key, digest, reused }
}

function keep({ results }: Engine, result: PublishedResult): PublishedResult {
  results.keep(result)
  return result
}
