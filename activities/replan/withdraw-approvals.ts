import { sealHeads } from '../../store/audit-heads.ts'
import { withdrawRequest } from '../../store/withdraw-request.ts'
import type { Engine } from '../engine.ts'
import { askedApprovals } from './asked-approvals.ts'
import type { JudgeRequest, Withdrawn } from './requests.ts'

/**
 * Withdraws what a run has asked for and nobody has decided, since it goes on by another plan, which is asked for anew.
 * Writes an entry of the service's audit chain for each, and signs the heads. Key: the request's nonce, so that a second
 * call changes nothing. No heartbeat: it is a local activity. Throws `signing-key-…`, StoreError's codes.
 */
export async function withdrawApprovals(engine: Engine, request: JudgeRequest, run: string): Promise<Withdrawn> {
  const asked = await askedApprovals(engine, request, run)
  if (asked.length === 0) return { decided: false }
  const [keys, signer, { planDigest: plan }] = await Promise.all([
    engine.trustedKeys(),
    engine.signer(),
    engine.order(request.next),
  ])
  const reason = `the run goes on by plan ${plan.slice(0, 12)}`
  const outcomes = await Promise.all(
    asked.map((one) => withdrawRequest(engine.audit, one, { keys, signer, reason, plan })),
  )
  await sealHeads(engine.objects, { signer, by: run, log: engine.audit })
  return { decided: outcomes.some((outcome) => outcome !== 'withdrawn') }
}
