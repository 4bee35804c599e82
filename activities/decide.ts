import { sealHeads } from '../store/audit-heads.ts'
import type { Tally } from '../store/approval-tally.ts'
import { recordDecision as record, type DecisionAnswer } from '../store/record-decision.ts'
import { recordRefusals as write, type RefusedBatch } from '../store/refusals.ts'
import { canonicalJson } from '../dsl/digest.ts'
import type { Engine } from './engine.ts'

export type { RefusedBatch }

/** A DSSE envelope, as the workflow has found it to be one by its shape. */
export interface SignedEnvelope {
  readonly payload: string
  readonly payloadType: string
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[]
}

export interface Standing extends Pick<Tally, 'outcome' | 'approvals' | 'quorum'> {
  readonly votes: readonly Pick<Tally['votes'][number], 'person' | 'decision'>[]
}

export type Decided =
  | { readonly accepted: true; readonly tally: Standing }
  | (Omit<Extract<DecisionAnswer, { accepted: false }>, 'tally'> & { readonly tally: Standing })

export interface DecisionCall {
  readonly service: string
  readonly nonce: string
  readonly envelope: SignedEnvelope
  /** Names the message that brought it. */
  readonly submission: string
}

/**
 * Judges a decision and writes it down before it counts; a refusal is a value and writes nothing.
 * Writes one entry of the service's audit chain and signs the heads. Key: request and person.
 * No heartbeat: it is a local activity. Throws `signing-key-…`, StoreError's codes.
 */
export async function recordDecision(engine: Engine, call: DecisionCall, run: string): Promise<Decided> {
  const { service, nonce, submission } = call
  const [keys, signer] = await Promise.all([engine.trustedKeys(), engine.signer()])
  const envelope = canonicalJson(call.envelope)
  const answer = await record(engine.audit, { service, nonce, submission, envelope, keys, signer })
  if (answer.accepted) await sealHeads(engine.objects, { signer, by: run, log: engine.audit })
  return { ...answer, tally: standingOf(answer.tally) }
}

/** What a run has to know of a tally; comments stay in the audit chain. */
export function standingOf({ outcome, approvals, quorum, votes }: Tally): Standing {
  return { outcome, approvals, quorum, votes: votes.map(({ person, decision }) => ({ person, decision })) }
}

/** Writes down what was refused, a batch an entry. Key: the batch's. Throws `signing-key-…`, StoreError's codes. */
export async function recordRefusals(engine: Engine, batch: RefusedBatch): Promise<void> {
  await write(engine.audit, batch, await engine.signer())
}
