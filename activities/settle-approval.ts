import { digestOf } from '../dsl/digest.ts'
import { sealHeads } from '../store/audit-heads.ts'
import { requestOf, type ApprovalRequest } from '../store/approval-request.ts'
import type { Tally } from '../store/approval-tally.ts'
import { closeRequest } from '../store/record-decision.ts'
import type { Engine } from './engine.ts'
import { plain } from './plain.ts'
import { publishOnce } from './publish-once.ts'
import type { NodeAnswer } from './requests.ts'
import { withVerdict } from './verdict.ts'

export interface SettleCall {
  readonly service: string
  readonly nonce: string
  readonly pipeline: string
  readonly node: string
}

/** What an `approve` node publishes. */
export interface ApprovalOutput extends Omit<ApprovalRequest, 'run'> {
  readonly state: 'approved' | 'rejected' | 'expired'
  readonly votes: Tally['votes']
}

export type Settled =
  { readonly state: 'settled'; readonly answer: NodeAnswer } | { readonly state: 'open' | 'withdrawn' }

/**
 * Reads what a request has come to off the audit chain, closing it where its time is over, and publishes that.
 * `open`: neither decided nor over; `withdrawn`: to be asked anew. Key: the request's nonce. Rejected and expired are verdicts.
 * No heartbeat: it is a local activity. Throws `signing-key-…`, StoreError's codes.
 */
export async function settleApproval(engine: Engine, call: SettleCall, run: string): Promise<Settled> {
  const { service, nonce, pipeline, node } = call
  const { audit, objects } = engine
  const [keys, signer] = await Promise.all([engine.trustedKeys(), engine.signer()])
  const tally = await closeRequest(audit, { service, nonce, keys, signer })
  const { outcome: state, votes } = tally
  if (state === 'open' || state === 'withdrawn') return { state }
  const { run: _, ...request } = await requestOf(audit, { service, nonce, keys })
  const output: ApprovalOutput = { ...request, state, votes }
  const key = digestOf({ kind: 'approve', nonce })
  const answer = await publishOnce(engine, { key, pipeline, node, run }, () => Promise.resolve(plain(output)))
  await sealHeads(objects, { signer, by: run, log: audit })
  return { state: 'settled', answer: await withVerdict(engine, 'approve', { ...answer, reused: false }) }
}
