import type { Json } from '../../dsl/plan.ts'
import { serviceChain } from '../../store/approval-request.ts'
import type { Engine } from '../engine.ts'
import { plain } from '../plain.ts'

export interface Recorded {
  /** The same is written down once. */
  readonly key: string
  readonly kind: 'traffic' | 'canary-verdict' | 'canary-decision' | 'canary-ended' | 'alert'
  readonly by: string
  readonly body: object
}

/** Writes what happened to a service into its audit chain. */
export async function record(
  engine: Pick<Engine, 'audit' | 'signer'>,
  service: string,
  { key, kind, by, body }: Recorded,
): Promise<void> {
  // Through JSON, in which what is absent is not there.
  const told = JSON.parse(JSON.stringify(plain(body))) as Json
  const entry = { key: recordKey(kind, key), kind, by, body: told }
  await engine.audit.append(chainOf(service), entry, await engine.signer())
}

export function recordKey(kind: Recorded['kind'], key: string): string {
  return `${kind}:${key}`
}

/** The audit chain of a service. */
export function chainOf(service: string): string {
  return serviceChain(service)
}
