import type { Digest } from '../dsl/plan.ts'
import type { Appended, AuditLog } from './audit.ts'
import type { Signer } from './signing/dsse.ts'

/** Decisions that did not count, many in an entry: whoever floods a run with them must not fill the log. */
export interface RefusedBatch {
  readonly service: string
  readonly nonce: Digest
  readonly run: string
  /** The run's id in Temporal, which differs between its continuations. */
  readonly execution: string
  /** How many so far in this execution; names the batch, so that written again it is the entry there is. */
  readonly total: number
  /** The same of each reason. */
  readonly counts: Readonly<Record<string, number>>
  /** Some of those since the batch before, in words. What was refused is not kept: anybody may have written it. */
  readonly first: readonly { readonly reason: string; readonly message: string; readonly at: string }[]
}

export function recordRefusals(
  log: AuditLog,
  { service, run, ...body }: RefusedBatch,
  signer: Signer,
): Promise<Appended> {
  const first = body.first.map(({ reason, message, at }) => ({ reason, message: message.slice(0, 500), at }))
  const key = `refused:${body.execution}:${body.total}`
  return log.append(`refusals:${service}`, { key, kind: 'refused', by: run, body: { ...body, first } }, signer)
}
