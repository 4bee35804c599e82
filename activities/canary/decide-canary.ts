import { canonicalJson } from '../../dsl/digest.ts'
import { APPROVERS, approversOf } from '../../store/approvers.ts'
import { judgeDecision } from '../../store/judge-decision.ts'
import type { Engine } from '../engine.ts'
import { record } from './record.ts'
import type { Decided, DecideRequest } from './requests.ts'

/**
 * Judges a signed `promote` or `abort` and writes it into the service's audit chain before it counts, refused ones too.
 * Reads the approvers. Key: what was signed, so that one that is sent again is answered as it was. Whoever ordered the run
 * may abort it, but not promote it.
 */
export async function decideCanary(engine: Engine, asked: DecideRequest): Promise<Decided> {
  const { decision, run } = asked
  const envelope = canonicalJson(asked.envelope)
  const { author, ...request } = asked.request
  const entries = await engine.audit.entries(APPROVERS, await engine.trustedKeys())
  const judged = judgeDecision(envelope, {
    request: { ...request, author: decision === 'abort' ? null : author },
    approvers: approversOf(entries),
    allowed: [decision],
    // One is enough, and repeating it changes nothing.
    votes: [],
    nowMillis: Date.now(),
  })
  if (!judged.accepted) return judged
  const { signed, person, keyId, comment } = judged.vote
  const body = { decision, person, keyId, comment, nonce: request.nonce, envelope }
  await record(engine, request.service, { key: signed, kind: 'canary-decision', by: person, body: { ...body, run } })
  return { accepted: true, person }
}
