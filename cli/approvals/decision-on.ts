import type { ApprovalRequest } from '../../store/approval-request.ts'
import type { Decision } from '../../store/decisions.ts'

export interface Deciding {
  readonly decision: 'approve' | 'reject'
  readonly person: string
  /** Default: none. */
  readonly comment?: string
  /** Milliseconds from now on, for which the decision may be sent. */
  readonly expires: number
}

/** What a person signs to decide on a request. */
export function decisionOn(request: ApprovalRequest, { decision, person, comment = '', expires }: Deciding): Decision {
  const { service, model, version, rootDigest, plan, evidence, stage, run, nonce } = request
  const now = Date.now()
  return {
    decision,
    service,
    model,
    version,
    rootDigest,
    plan,
    evidence,
    stage,
    run,
    nonce,
    issuedAt: new Date(now).toISOString(),
    expiresAt: new Date(now + expires).toISOString(),
    comment,
    person,
  }
}
