import { z } from 'zod'
import type { AuditLog } from '../../store/audit.ts'
import type { TrustedKeys } from '../../store/signing/dsse.ts'
import { hexDigest } from '../../store/signing/strict-json.ts'
import { monitorOf } from '../../store/signed-order.ts'
import { chainOf } from '../canary/record.ts'
import type { Policy } from './requests.ts'

/** Of audit entries that say by which policy a service is looked after from here on. */
export const MONITORED = 'monitored'

const bodySchema = z.object({ order: hexDigest, node: z.string() })

/** The policy that was written down last; `undefined`: the service never had a monitor. Throws `store-corrupt`. */
export async function newestPolicy(
  audit: AuditLog,
  { service, keys }: { readonly service: string; readonly keys: TrustedKeys },
): Promise<Policy | undefined> {
  const entries = await audit.entries(chainOf(service), keys)
  const newest = entries.findLast(({ entry }) => entry.kind === MONITORED)
  if (newest === undefined) return undefined
  const { order, node } = bodySchema.parse(newest.entry.body)
  return { service, order, node }
}

export function monitorIdOf(service: string): string {
  return monitorOf(service)
}
