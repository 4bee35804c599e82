import { canonicalJson } from '../dsl/digest.ts'
import type { Digest } from '../dsl/plan.ts'
import type { Artifacts } from '../store/artifacts.ts'
import { sealOrder } from '../store/signed-order.ts'
import type { Signer } from '../store/signing/dsse.ts'
import { LIVE, type Order } from './order.ts'

export interface OrderDraft extends Pick<Order, 'parameters' | 'requestedBy' | 'clock'> {
  /** The workflow's id. */
  readonly run: string
  readonly planDigest: Digest
  /** Who signs for it. Default: nobody. */
  readonly orderer?: Orderer
}

export interface Orderer {
  /** Or what orders by itself, signed for by the installation. */
  readonly person: string
  readonly signer: Signer
  /** Wall time, ISO 8601. Default: now. */
  readonly at?: string
}

/** Stores what a run is to do; answers the digest by which the run is told. */
export function storeOrder(artifacts: Artifacts, draft: OrderDraft): Promise<Digest> {
  const { planDigest, parameters, requestedBy, clock } = draft
  const order: Order = {
    plan: planDigest,
    parameters,
    requestedBy,
    ...(clock && { clock }),
    ...signatureOf(draft),
  }
  return artifacts.putBytes(new TextEncoder().encode(canonicalJson(order)))
}

function signatureOf({ run, planDigest, parameters, clock = LIVE, orderer }: OrderDraft): Pick<Order, 'signed'> {
  if (orderer === undefined) return {}
  const { person, signer, at = new Date().toISOString() } = orderer
  return { signed: sealOrder({ plan: planDigest, parameters, clock, person, run, at }, signer) }
}
