import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { SignedEntry } from './audit.ts'
import { StoreError } from './errors.ts'
import { keyIdOf, publicKeyOf } from './signing/keys.ts'
import { hexDigest } from './signing/strict-json.ts'

/** The audit chain of those whose decisions count. */
export const APPROVERS = 'approvers'

const name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'a name of a-z, 0-9 and "-", at most 63')

const enrolledSchema = z.strictObject({
  person: name,
  keyId: hexDigest,
  /** PEM. */
  publicKey: z.string(),
  roles: z.array(name).min(1),
})

const revokedSchema = z.strictObject({ person: name, keyId: hexDigest, reason: z.string().min(1) })

export type Enrolment = Readonly<z.infer<typeof enrolledSchema>>
export type Revocation = Readonly<z.infer<typeof revokedSchema>>

/** One key of one person; a person may have several. */
export interface Approver {
  readonly person: string
  readonly keyId: string
  readonly publicKey: KeyObject
  readonly roles: readonly string[]
  readonly enrolledAt: string
  readonly revoked?: { readonly at: string; readonly reason: string; readonly number: number }
}

export interface Approvers {
  /** How many entries of the chain this is made of. */
  readonly head: number
  readonly byKeyId: ReadonlyMap<string, Approver>
}

/** Who may decide, as of these entries. A key belongs to whoever enrolled it first, and once revoked stays so. */
export function approversOf(entries: readonly SignedEntry[]): Approvers {
  const byKeyId = new Map<string, Approver>()
  for (const { entry } of entries) {
    if (entry.kind === 'enrolled') enrol(byKeyId, { ...parsed(enrolledSchema, entry.body), at: entry.at })
    if (entry.kind === 'revoked') {
      const { keyId, reason } = parsed(revokedSchema, entry.body)
      const approver = byKeyId.get(keyId)
      const revoked = { at: entry.at, reason, number: entry.number }
      if (approver !== undefined) byKeyId.set(keyId, { revoked, ...approver })
    }
  }
  return { head: entries.length, byKeyId }
}

function enrol(
  byKeyId: Map<string, Approver>,
  { person, keyId, publicKey, roles, at }: Enrolment & { at: string },
): void {
  const key = publicKeyOf(publicKey, `public key of "${person}"`)
  const known = byKeyId.get(keyId)
  if (keyIdOf(key) !== keyId || (known !== undefined && known.person !== person)) return
  byKeyId.set(keyId, {
    person,
    keyId,
    publicKey: key,
    roles,
    enrolledAt: at,
    ...(known?.revoked && { revoked: known.revoked }),
  })
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new StoreError(
    'store-corrupt',
    `audit chain "${APPROVERS}": expected ${issue?.message ?? ''}, got another body`,
  )
}
