import type { Appended, AuditLog } from './audit.ts'
import type { Signer } from './signing/dsse.ts'

/** Decisions that did not count, a batch an entry: whoever floods a run with them must not fill the log. */
export interface RefusedBatch {
  readonly service: string
  /** Names the batch: written again, it is the entry there is. */
  readonly key: string
  readonly nonce: string
  readonly run: string
  /** How many of each reason. */
  readonly counts: Readonly<Record<string, number>>
  /** The first ones, in words. What was refused is not kept: anybody may have written it. */
  readonly first: readonly { readonly reason: string; readonly message: string; readonly at: string }[]
}

export function recordRefusals(
  log: AuditLog,
  { service, key, run, ...body }: RefusedBatch,
  signer: Signer,
): Promise<Appended> {
  const first = body.first.map(({ reason, message, at }) => ({ reason, message: message.slice(0, 500), at }))
  return log.append(`refusals:${service}`, { key, kind: 'refused', by: run, body: { ...body, first } }, signer)
}
