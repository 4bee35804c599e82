import type { Engine } from '../engine.ts'
import { gatewaysAt } from './gateways-at.ts'
import type { Acknowledged, GatewaysRequest } from './requests.ts'
import { trafficNodeAt } from './traffic-node.ts'
import { whileRenewing } from './while-renewing.ts'

/**
 * Waits until every live gateway answers by a generation, or one says that it does not load it. A gateway that dies
 * meanwhile is off the list within its acknowledgement's term. Reads acknowledgements; renews the candidate's lease.
 * May be called again. A gateway that does neither within two minutes counts as refusing.
 */
export async function awaitGateways(engine: Engine, request: GatewaysRequest): Promise<Acknowledged> {
  const { service } = await trafficNodeAt(engine, request)
  const { generation, renews } = request
  return whileRenewing(engine, { service, generation: renews ? generation : null }, (signal) =>
    gatewaysAt(engine, { service, generation, waits: request.waits, signal }),
  )
}
