import type { Digest } from '../dsl/plan.ts'
import { serviceChain, type ApprovalRequest } from './approval-request.ts'
import { withdrawnKey, type Tally } from './approval-tally.ts'
import type { AuditLog } from './audit.ts'
import { readTally } from './record-decision.ts'
import type { Signer, TrustedKeys } from './signing/dsse.ts'

export interface Withdrawal {
  readonly keys: TrustedKeys
  readonly signer: Signer
  /** In words. */
  readonly reason: string
  /** The plan that is asked about instead. */
  readonly plan: Digest
}

/**
 * Ends a request that nobody is to decide on any more; nothing after it counts. Answers what the request has come to:
 * a decision that was written before stands. Called again it is the withdrawal there is.
 */
export async function withdrawRequest(
  log: AuditLog,
  request: ApprovalRequest,
  { keys, signer, reason, plan }: Withdrawal,
): Promise<Tally['outcome']> {
  const { outcome } = await readTally(log, { request, keys })
  if (outcome !== 'open') return outcome
  const body = { nonce: request.nonce, reason, plan }
  const by = request.run.workflowId
  const entry = { key: withdrawnKey(request), kind: 'withdrawn', by, body }
  await log.append(serviceChain(request.service), entry, signer)
  return (await readTally(log, { request, keys })).outcome
}
