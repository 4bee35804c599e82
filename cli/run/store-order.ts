import { LIVE, type Order } from '../../activities/order.ts'
import { canonicalJson } from '../../dsl/digest.ts'
import type { Digest } from '../../dsl/plan.ts'
import type { Artifacts } from '../../store/artifacts.ts'
import { sealOrder } from '../../store/signed-order.ts'
import type { EnrolledPerson } from '../approvals/enrolled-person.ts'

export interface OrderDraft extends Pick<Order, 'parameters' | 'requestedBy' | 'clock'> {
  /** The workflow's id. */
  readonly run: string
  readonly planDigest: Digest
  /** Who signs for it. */
  readonly orderer?: EnrolledPerson
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
  const at = new Date().toISOString()
  const order = { plan: planDigest, parameters, clock, person: orderer.person, run, at }
  return { signed: sealOrder(order, orderer.signer) }
}
