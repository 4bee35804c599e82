import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { Appended, AuditLog, SignedEntry } from './audit.ts'
import { StoreError } from './errors.ts'
import type { Signer, TrustedKeys } from './signing/dsse.ts'
import { keyIdOf, publicKeyOf } from './signing/keys.ts'
import { hexDigest } from './signing/strict-json.ts'

/** The audit chain of those whose decisions count. */
export const APPROVERS = 'approvers'

/** Of persons and roles. */
export const approverName = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'a name of a-z, 0-9 and "-", at most 63')

const enrolmentSchema = z.strictObject({
  person: approverName,
  keyId: hexDigest,
  /** PEM. */
  publicKey: z.string(),
  roles: z.array(approverName).min(1),
  /** Of a demonstration: counts where a worker of `anneal dev` asks, and nowhere else. */
  demo: z.literal(true).exactOptional(),
})

const revocationSchema = z.strictObject({ person: approverName, keyId: hexDigest, reason: z.string().min(1).max(1000) })

export type Enrolment = z.infer<typeof enrolmentSchema>
export type Revocation = z.infer<typeof revocationSchema>

/** One key of one person; a person may have several. */
export interface Approver {
  readonly person: string
  readonly keyId: string
  readonly publicKey: KeyObject
  readonly roles: readonly string[]
  readonly enrolledAt: string
  /** A key of a demonstration. */
  readonly demo?: true
  readonly revoked?: { readonly at: string; readonly reason: string }
}

export interface Approvers {
  /** How many entries of the chain this is made of. */
  readonly head: number
  readonly byKeyId: ReadonlyMap<string, Approver>
}

export async function readApprovers(log: AuditLog, keys: TrustedKeys): Promise<Approvers> {
  return approversOf(await log.entries(APPROVERS, keys))
}

/** Who may decide, as of these entries. A key belongs to whoever enrolled it first, and once revoked stays so. */
export function approversOf(entries: readonly SignedEntry[]): Approvers {
  const byKeyId = new Map<string, Approver>()
  for (const { entry } of entries) {
    if (entry.kind === 'enrolled') enrol(byKeyId, { ...parsed(enrolmentSchema, entry.body), at: entry.at })
    if (entry.kind === 'revoked') revoke(byKeyId, { ...parsed(revocationSchema, entry.body), at: entry.at })
  }
  return { head: entries.length, byKeyId }
}

export interface Writing {
  readonly signer: Signer
  readonly by: string
  /** The state that is changed: of racing changes made by the same one, the first is written. */
  readonly head: number
}

/** Writes down that a key of a person counts from here on, in these roles. */
export function writeEnrolment(log: AuditLog, body: Enrolment, { signer, by, head }: Writing): Promise<Appended> {
  const key = `enrolled:${body.keyId}:${head}`
  return log.append(APPROVERS, { key, kind: 'enrolled', by, body }, signer)
}

/** Writes down that it counts no longer. */
export function writeRevocation(
  log: AuditLog,
  body: Revocation,
  { signer, by }: Omit<Writing, 'head'>,
): Promise<Appended> {
  return log.append(APPROVERS, { key: `revoked:${body.keyId}`, kind: 'revoked', by, body }, signer)
}

type At = { readonly at: string }

function enrol(byKeyId: Map<string, Approver>, { person, keyId, publicKey, roles, demo, at }: Enrolment & At): void {
  const key = publicKeyOf(publicKey, `public key of "${person}"`)
  const known = byKeyId.get(keyId)
  if (keyIdOf(key) !== keyId || (known !== undefined && known.person !== person)) return
  const revoked = known?.revoked && { revoked: known.revoked }
  const marked = demo && { demo }
  byKeyId.set(keyId, { person, keyId, publicKey: key, roles, enrolledAt: at, ...marked, ...revoked })
}

function revoke(byKeyId: Map<string, Approver>, { keyId, reason, at }: Revocation & At): void {
  const approver = byKeyId.get(keyId)
  if (approver !== undefined) byKeyId.set(keyId, { revoked: { at, reason }, ...approver })
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const place = issue?.path.join('.') ?? ''
  throw new StoreError(
    'store-corrupt',
    `audit chain "${APPROVERS}": expected ${issue?.message ?? ''}, got another ${place}`,
  )
}
