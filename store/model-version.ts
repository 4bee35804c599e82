import { z } from 'zod'
import { METRICS, type LearningTask } from '../dsl/metrics.ts'
import type { Signer } from './signing/dsse.ts'
import { inOrder, rootDigestOf, signedFile } from './signing/signed-files.ts'
import { sealStatement, STATEMENT_TYPE } from './signing/statement.ts'
import { hexDigest } from './signing/strict-json.ts'

const PREDICATE_TYPE = 'urn:anneal:model-version:v1'

/** As in plans: names become object keys. */
const name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'a name of a-z, 0-9 and "-", at most 63')
const tasks = Object.keys(METRICS) as readonly LearningTask[]

/** What a model's version is: the predicate of its entry in the registry. */
const versionSchema = z.strictObject({
  model: name,
  /** From 1. */
  version: z.int().min(1),
  /** SHA-256 of the entry before; null for the first one. */
  previous: hexDigest.nullable(),
  task: z.enum(tasks),
  service: z.string(),
  files: z.array(signedFile).min(1).refine(inOrder, 'each file once, in code point order'),
  /** Names all files together. */
  rootDigest: hexDigest,
  /** The OpenSSF Model Signing bundle. */
  signature: hexDigest,
  /** The DSSE envelope with SLSA provenance. */
  provenance: hexDigest,
  /** The evaluation report. */
  evidence: hexDigest,
  metrics: z.record(z.string(), z.number()),
  plan: hexDigest,
  run: z.string(),
  pipeline: z.string(),
  trainedRows: z.int().min(0),
  /** ISO 8601, UTC; null without a time column. */
  asOf: z.string().nullable(),
  registeredAt: z.iso.datetime(),
})

export type ModelVersion = z.infer<typeof versionSchema>

/** Digests refer to artifacts. Entries are DSSE envelopes over this. */
export const entrySchema = z
  .strictObject({
    _type: z.literal(STATEMENT_TYPE),
    subject: z.tuple([z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: hexDigest }) })]),
    predicateType: z.literal(PREDICATE_TYPE),
    predicate: versionSchema,
  })
  .refine(({ predicate }) => predicate.rootDigest === rootDigestOf(predicate.files), 'the root digest of its files')
  .refine(
    ({ subject: [subject], predicate }) =>
      subject.name === nameOf(predicate) && subject.digest.sha256 === predicate.rootDigest,
    'the version as subject',
  )

/** What verifies as a version, or why it does not. */
export function asModelVersion(value: unknown): { readonly version: ModelVersion } | { readonly refused: string } {
  const parsed = versionSchema.safeParse(value)
  if (parsed.success) return { version: parsed.data }
  const [issue] = parsed.error.issues
  return { refused: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` }
}

export function sealVersion(version: ModelVersion, signer: Signer): Uint8Array {
  return sealStatement(
    {
      _type: STATEMENT_TYPE,
      subject: [{ name: nameOf(version), digest: { sha256: version.rootDigest } }],
      predicateType: PREDICATE_TYPE,
      predicate: version,
    },
    signer,
  )
}

/** `flight-delay@3` */
export function nameOf({ model, version }: Pick<ModelVersion, 'model' | 'version'>): string {
  return `${model}@${version}`
}
