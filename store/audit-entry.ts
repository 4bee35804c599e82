import { z } from 'zod'
import { digestOf } from '../dsl/digest.ts'
import type { Digest, Json } from '../dsl/plan.ts'
import type { Signer } from './signing/dsse.ts'
import { sealStatement, STATEMENT_TYPE } from './signing/statement.ts'
import { hexDigest } from './signing/strict-json.ts'

const PREDICATE_TYPE = 'urn:anneal:audit-entry:v1'

const predicateSchema = z.strictObject({
  chain: z.string(),
  /** From 1. */
  number: z.int().min(1),
  /** SHA-256 of the entry before; null for the first one. */
  previous: hexDigest.nullable(),
  /** What happened, named so that it is written down once: the same key gives the entry there is. */
  key: z.string().min(1),
  kind: z.string().min(1),
  /** Who or what did it: a person, or a run's id. */
  by: z.string(),
  /** Wall time of whoever wrote it. */
  at: z.iso.datetime(),
  body: z.json(),
})

/** One entry of an audit chain. What `body` holds goes by `kind`. */
export interface AuditEntry {
  readonly chain: string
  readonly number: number
  readonly previous: Digest | null
  readonly key: string
  readonly kind: string
  readonly by: string
  readonly at: string
  readonly body: Json
}

/** Entries are DSSE envelopes over this. */
export const auditEntrySchema = z
  .strictObject({
    _type: z.literal(STATEMENT_TYPE),
    subject: z.tuple([z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: hexDigest }) })]),
    predicateType: z.literal(PREDICATE_TYPE),
    predicate: predicateSchema,
  })
  .refine(
    ({ subject: [subject], predicate }) =>
      subject.name === placeOf(predicate) && subject.digest.sha256 === digestOf(predicate.body),
    'the entry as subject',
  )

export function sealEntry(entry: AuditEntry, signer: Signer): Uint8Array {
  return sealStatement(
    {
      _type: STATEMENT_TYPE,
      subject: [{ name: placeOf(entry), digest: { sha256: digestOf(entry.body) } }],
      predicateType: PREDICATE_TYPE,
      predicate: entry,
    },
    signer,
  )
}

/** `service:flight-delay/3` */
export function placeOf({ chain, number }: Pick<AuditEntry, 'chain' | 'number'>): string {
  return `${chain}/${number}`
}
