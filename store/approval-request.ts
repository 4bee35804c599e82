import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { AuditLog } from './audit.ts'
import { approverName } from './approvers.ts'
import { subjectShape } from './decisions.ts'
import { StoreError } from './errors.ts'
import type { ModelVersion } from './model-version.ts'
import type { Signer, TrustedKeys } from './signing/dsse.ts'

const requestSchema = z.strictObject({
  ...subjectShape,
  roles: z.array(approverName).min(1),
  quorum: z.int().min(1),
  separation: z.enum(['person', 'role', 'role-in-order']),
  commentRequired: z.boolean(),
  author: z.string(),
  expiresAt: z.iso.datetime(),
  demo: z.literal(true).exactOptional(),
})

/** What a run asks enrolled persons for, as it stands in its service's audit chain. */
export type ApprovalRequest = Readonly<z.infer<typeof requestSchema>>

/** The audit chain of a service: requests, decisions, moves of traffic. */
export function serviceChain(service: string): string {
  return `service:${service}`
}

export interface Asking {
  /** Names the question: asked again, it is the request there is. */
  readonly key: string
  readonly by: string
  readonly withinMillis: number
  readonly keys: TrustedKeys
  readonly signer: Signer
}

/** The request of this key, if it was made. */
export async function findRequest(
  log: AuditLog,
  { service, key, keys }: { readonly service: string; readonly key: string; readonly keys: TrustedKeys },
): Promise<ApprovalRequest | undefined> {
  const found = await log.find(serviceChain(service), key, keys)
  return found && parsed(found.entry.body)
}

/** Writes the request down, with a nonce and an end of its own, or answers the one there is. */
export async function makeRequest(
  log: AuditLog,
  draft: Omit<ApprovalRequest, 'nonce' | 'expiresAt'>,
  { key, by, withinMillis, keys, signer }: Asking,
): Promise<ApprovalRequest> {
  const expiresAt = new Date(Date.now() + withinMillis).toISOString()
  const body = requestSchema.parse({ ...draft, nonce: randomBytes(32).toString('hex'), expiresAt })
  await log.append(serviceChain(draft.service), { key, kind: 'requested', by, body }, signer)
  return (await findRequest(log, { service: draft.service, key, keys })) ?? body
}

/** The request with this nonce. Throws `object-missing`. */
export async function requestOf(
  log: AuditLog,
  { service, nonce, keys }: { readonly service: string; readonly nonce: string; readonly keys: TrustedKeys },
): Promise<ApprovalRequest> {
  const chain = serviceChain(service)
  const requests = (await log.entries(chain, keys)).filter(({ entry }) => entry.kind === 'requested')
  const found = requests.map(({ entry }) => parsed(entry.body)).find((request) => request.nonce === nonce)
  if (found !== undefined) return found
  const message = `audit chain "${chain}": expected a request with nonce ${nonce.slice(0, 16)}, got none`
  throw new StoreError('object-missing', message)
}

/** All that a run has asked of a service's approvers, oldest first. */
export async function requestsOf(
  log: AuditLog,
  { service, run, keys }: Pick<ApprovalRequest, 'service' | 'run'> & { readonly keys: TrustedKeys },
): Promise<readonly ApprovalRequest[]> {
  const entries = await log.entries(serviceChain(service), keys)
  const requests = entries.flatMap(({ entry }) => (entry.kind === 'requested' ? [parsed(entry.body)] : []))
  return requests.filter((one) => one.run.workflowId === run.workflowId && one.run.firstRunId === run.firstRunId)
}

/** The newest request about a version; `undefined` where nobody was asked. */
export async function requestAbout(
  log: AuditLog,
  { version, keys }: { readonly version: ModelVersion; readonly keys: TrustedKeys },
): Promise<ApprovalRequest | undefined> {
  const entries = await log.entries(serviceChain(version.service), keys)
  const requests = entries.flatMap(({ entry }) => (entry.kind === 'requested' ? [parsed(entry.body)] : []))
  return requests.findLast(
    (request) =>
      request.model === version.model &&
      request.version === version.version &&
      request.rootDigest === version.rootDigest,
  )
}

function parsed(body: unknown): ApprovalRequest {
  const result = requestSchema.safeParse(body)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new StoreError(
    'store-corrupt',
    `request for approval: expected ${issue?.message ?? ''}, got another ${issue?.path.join('.') ?? ''}`,
  )
}
