import type { ApprovalRequest } from '../../store/approval-request.ts'
import { sha256Of } from '../../store/artifacts.ts'
import type { Decision } from '../../store/decisions.ts'

/** When decisions of tests are made: half an hour before the request is over. */
export const NOW_MILLIS = Date.parse('2026-01-01T12:00:00.000Z')

/** What `ann` has ordered. */
export function aRequest(changes: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    service: 'flights',
    model: 'delay',
    version: 3,
    rootDigest: sha256Of('root'),
    plan: sha256Of('plan'),
    evidence: sha256Of('evidence'),
    stage: 'approve',
    run: { workflowId: 'run:flights:1', firstRunId: '0a1b' },
    nonce: sha256Of('nonce'),
    roles: ['risk', 'owner'],
    quorum: 2,
    separation: 'person',
    commentRequired: false,
    author: 'ann',
    expiresAt: '2026-01-01T12:30:00.000Z',
    ...changes,
  }
}

/** A decision on a request that counts, if `person` may decide. */
export function aDecision(request: ApprovalRequest, person: string, changes: Partial<Decision> = {}): Decision {
  const { service, model, version, rootDigest, plan, evidence, stage, run, nonce } = request
  const subject = { service, model, version, rootDigest, plan, evidence, stage, run, nonce }
  const [issuedAt, expiresAt] = ['2026-01-01T11:59:00.000Z', '2026-01-01T12:09:00.000Z']
  return { decision: 'approve', ...subject, issuedAt, expiresAt, comment: '', person, ...changes }
}
