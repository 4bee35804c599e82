import { z } from 'zod'
import type { Digest, Json } from '../../dsl/plan.ts'
import type { Signer, TrustedKeys } from './dsse.ts'
import type { Checked } from './fault.ts'
import { fileName, inOrder, type SignedFile } from './signed-files.ts'
import { sealStatement, STATEMENT_TYPE, verifyStatement, type Sealed } from './statement.ts'
import { hexDigest } from './strict-json.ts'

const PREDICATE_TYPE = 'https://slsa.dev/provenance/v1'
const BUILD_TYPE = 'urn:anneal:training-run:v1'
const BUILDER = 'urn:anneal:engine@'

const span = z.strictObject({ first: z.string(), last: z.string() }).nullable()

const about = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('source-part'), source: z.string(), bytes: z.int() }),
  /** What was read of a source; `name` is the source's. */
  z.strictObject({ kind: z.literal('dataset'), rows: z.int(), parts: z.int(), span }),
  /** `name` is the feature set's. */
  z.strictObject({ kind: z.literal('feature-table'), rows: z.int() }),
  /** A packed trainer, script or task. */
  z.strictObject({ kind: z.literal('code') }),
  /** A lock file. */
  z.strictObject({ kind: z.literal('environment') }),
])

const statementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z
    .array(
      z.strictObject({
        name: fileName,
        digest: z.strictObject({ sha256: hexDigest }),
        annotations: z.strictObject({ size: z.int().min(0) }),
      }),
    )
    .min(1)
    .refine(inOrder, 'each file once, in code point order'),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.strictObject({
    buildDefinition: z.strictObject({
      buildType: z.literal(BUILD_TYPE),
      externalParameters: z.strictObject({
        pipeline: z.string(),
        plan: hexDigest,
        order: hexDigest,
        parameters: z.record(z.string(), z.json()),
        seed: z.int(),
      }),
      resolvedDependencies: z.array(
        z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: hexDigest }), annotations: about }),
      ),
    }),
    runDetails: z.strictObject({
      builder: z.strictObject({ id: z.string().startsWith(BUILDER) }),
      metadata: z.strictObject({
        invocationId: z.string(),
        startedOn: z.iso.datetime().exactOptional(),
        finishedOn: z.iso.datetime().exactOptional(),
      }),
    }),
  }),
})

/** Something that shaped the model, by its digest. */
export type Dependency = { readonly name: string; readonly digest: Digest } & z.infer<typeof about>

/** How a model came about: all that a person would need to make it again. */
export interface TrainingRun {
  readonly pipeline: string
  readonly plan: Digest
  readonly order: Digest
  readonly parameters: Readonly<Record<string, Json>>
  readonly seed: number
  /** Id of the run. */
  readonly run: string
  /** Version of this program. */
  readonly engine: string
  /** Every part of every source, the datasets and feature table made of them, code and lock files. */
  readonly dependencies: readonly Dependency[]
  /** ISO 8601, UTC. */
  readonly startedOn?: string
  readonly finishedOn?: string
}

export interface Provenance {
  readonly keyId: string
  readonly files: readonly SignedFile[]
  readonly training: TrainingRun
}

/** A signed in-toto statement with SLSA 1.0 provenance over the files of a model, which stand in code point order. */
export function signProvenance(
  files: readonly SignedFile[],
  { training, signer }: { training: TrainingRun; signer: Signer },
): Uint8Array {
  const { pipeline, plan, order, parameters, seed, run, engine, dependencies, startedOn, finishedOn } = training
  const metadata = { invocationId: run, ...(startedOn && { startedOn }), ...(finishedOn && { finishedOn }) }
  return sealStatement(
    {
      _type: STATEMENT_TYPE,
      subject: files.map(({ name, digest, size }) => ({ name, digest: { sha256: digest }, annotations: { size } })),
      predicateType: PREDICATE_TYPE,
      predicate: {
        buildDefinition: {
          buildType: BUILD_TYPE,
          externalParameters: { pipeline, plan, order, parameters, seed },
          resolvedDependencies: dependencies.map(({ name, digest, ...annotations }) => ({
            name,
            digest: { sha256: digest },
            annotations,
          })),
        },
        runDetails: { builder: { id: `${BUILDER}${engine}` }, metadata },
      },
    },
    signer,
  )
}

/** What one of `keys` has signed. */
export function verifyProvenance(
  bytes: Uint8Array,
  { file, keys }: { readonly file: string; readonly keys: TrustedKeys },
): Checked<Provenance> {
  const sealed = verifyStatement(bytes, { file, keys, schema: statementSchema })
  return 'fault' in sealed ? sealed : { value: fromStatement(sealed.value) }
}

function fromStatement({ statement, keyId }: Sealed<z.infer<typeof statementSchema>>): Provenance {
  const { buildDefinition, runDetails } = statement.predicate
  const { invocationId, ...times } = runDetails.metadata
  return {
    keyId,
    files: statement.subject.map(({ name, digest, annotations }) => ({
      name,
      digest: digest.sha256,
      size: annotations.size,
    })),
    training: {
      ...buildDefinition.externalParameters,
      run: invocationId,
      engine: runDetails.builder.id.slice(BUILDER.length),
      dependencies: buildDefinition.resolvedDependencies.map(({ name, digest, annotations }) =>
        Object.assign(annotations, { name, digest: digest.sha256 }),
      ),
      ...times,
    },
  }
}
