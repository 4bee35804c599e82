import { z } from 'zod'
import type { Json } from '../../dsl/plan.ts'
import type { AuditLog } from '../../store/audit.ts'
import type { AuditEntry } from '../../store/audit-entry.ts'
import type { TrustedKeys } from '../../store/signing/dsse.ts'
import { hexDigest } from '../../store/signing/strict-json.ts'
import { chainOf } from '../canary/record.ts'
import { plain } from '../plain.ts'
import type { RetrainRequest } from './requests.ts'

/** Of audit entries that say what became of a wish for a retrain. */
const RETRAIN = 'retrain'

const asked = {
  cause: z.enum(['drift', 'schedule', 'signal', 'new-data', 'person']),
  id: z.string(),
  /** Why it was asked for. */
  reason: z.string(),
  /** The service's time when it was decided; null: the service had none yet. */
  eventAt: z.iso.datetime().nullable(),
}

const bodySchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('ordered'), ...asked, eventAt: z.iso.datetime(), run: z.string(), order: hexDigest }),
  z.object({ state: z.literal('declined'), ...asked, because: z.string() }),
])

/** An entry `retrain` of a service's audit chain. */
export type Retrain = z.infer<typeof bodySchema>
export type OrderedRetrain = Extract<Retrain, { readonly state: 'ordered' }>

export interface RetrainReader {
  readonly audit: AuditLog
  readonly keys: TrustedKeys
}

type Asked = Pick<RetrainRequest, 'service' | 'cause' | 'id'>

function keyOf({ cause, id }: Asked): string {
  return `${RETRAIN}:${cause}:${id}`
}

/** What was decided on this one; `undefined`: nothing so far. Throws `store-corrupt`. */
export async function findRetrain({ audit, keys }: RetrainReader, wanted: Asked): Promise<Retrain | undefined> {
  const found = await audit.find(chainOf(wanted.service), keyOf(wanted), keys)
  return found && retrainOf(found.entry)
}

export interface OrderedAt extends OrderedRetrain {
  /** Wall time, ISO 8601. */
  readonly at: string
}

/** All that were ordered, the oldest first. Throws `store-corrupt`. */
export async function orderedRetrains({ audit, keys }: RetrainReader, service: string): Promise<readonly OrderedAt[]> {
  const entries = await audit.entries(chainOf(service), keys)
  return entries.flatMap(({ entry }) => {
    if (entry.kind !== RETRAIN) return []
    const retrain = retrainOf(entry)
    return retrain.state === 'ordered' ? [{ ...retrain, at: entry.at }] : []
  })
}

/** The entry that says it. */
export function entryOf(request: Pick<RetrainRequest, 'service' | 'cause' | 'id' | 'by'>, retrain: Retrain) {
  const body: Json = plain(retrain)
  return { key: keyOf(request), kind: RETRAIN, by: request.by, body }
}

function retrainOf({ body }: AuditEntry): Retrain {
  return bodySchema.parse(body)
}
