import { z } from 'zod'
import type { Signer } from './signing/dsse.ts'
import { sealStatement, STATEMENT_TYPE } from './signing/statement.ts'
import { hexDigest } from './signing/strict-json.ts'

const PREDICATE_TYPE = 'urn:anneal:online-features:v1'

const instant = z.iso.datetime()

/** One file of online features, made after its model was trained. All times are event time, ISO 8601. */
const freshFileSchema = z.strictObject({
  /** Of what it was made for: `onlineExpressions`. Versions with equal expressions look up in one file. */
  expressions: hexDigest,
  /** The artifact. */
  file: hexDigest,
  /** All rows that were delivered and are known before it are in the file. */
  asOf: instant,
  /** The newest of its rows, if that is before `asOf`: nothing later was delivered. */
  newest: instant,
  /** Rows of this time and later have each of their windows whole in the file. */
  coversFrom: instant,
})

const predicateSchema = z.strictObject({
  service: z.string(),
  /** From 1. */
  number: z.int().min(1),
  /** SHA-256 of the refresh before; null for the first one. */
  previous: hexDigest.nullable(),
  /** Event time of the step that it was made for. */
  at: instant,
  /** One for each expressions digest that the service looked up by, in its order. */
  files: z.array(freshFileSchema).min(1),
  /** The workflow that made it. */
  by: z.string(),
  /** Wall time. */
  publishedAt: instant,
})

export type FreshFile = Readonly<z.infer<typeof freshFileSchema>>
/** What the look-ups of a service know of the past, all of it taken as one. */
export type Refresh = Readonly<z.infer<typeof predicateSchema>>

/** Entries are DSSE envelopes over this. */
export const refreshSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: hexDigest }) })),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: predicateSchema,
})

export function sealRefresh(refresh: Refresh, signer: Signer): Uint8Array {
  return sealStatement(
    {
      _type: STATEMENT_TYPE,
      subject: refresh.files.map(({ expressions, file }) => ({ name: expressions, digest: { sha256: file } })),
      predicateType: PREDICATE_TYPE,
      predicate: refresh,
    },
    signer,
  )
}
