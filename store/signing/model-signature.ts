import { z } from 'zod'
import { canonicalJson } from '../../dsl/digest.ts'
import type { Digest } from '../../dsl/plan.ts'
import { IN_TOTO, signPayload, type Signer, type TrustedKeys } from './dsse.ts'
import { altered, type Checked } from './fault.ts'
import { fileName, inOrder, rootDigestOf, type NamedDigest } from './signed-files.ts'
import { signatureFault, STATEMENT_TYPE } from './statement.ts'
import { base64, hexDigest, readStrictJson } from './strict-json.ts'

/**
 * OpenSSF Model Signing 1.0 (https://github.com/ossf/model-signing-spec): a Sigstore bundle over a statement that lists
 * a folder's files. The reference tool takes what is made here; of what it makes, this takes all but lists that are not
 * in code point order, which it writes where a folder stands beside a file of the same stem.
 */
const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const PREDICATE_TYPE = 'https://model_signing/signature/v1.0'
/** Files that no signature covers, by name at the top of the folder. A model with any of them is refused. */
const IGNORED = ['.git', '.gitattributes', '.github', '.gitignore']
/** The folder's own name says nothing: which model it is, only the registry's record tells. */
const FOLDER = 'model'

const bundleSchema = z.strictObject({
  mediaType: z.literal(MEDIA_TYPE),
  verificationMaterial: z.strictObject({
    publicKey: z.strictObject({ hint: hexDigest }),
    tlogEntries: z.tuple([]).optional(),
  }),
  dsseEnvelope: z.strictObject({
    payload: base64,
    payloadType: z.literal(IN_TOTO),
    signatures: z.tuple([z.strictObject({ sig: base64, keyid: z.literal('').nullish() })]),
  }),
})

const statementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.tuple([z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: hexDigest }) })]),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.strictObject({
    serialization: z.strictObject({
      method: z.literal('files'),
      hash_type: z.literal('sha256'),
      allow_symlinks: z.literal(false),
      ignore_paths: z
        .array(z.string())
        .refine(
          (paths) => canonicalJson(paths.toSorted()) === canonicalJson(IGNORED),
          `no more than ${IGNORED.join(', ')}`,
        ),
    }),
    resources: z
      .array(z.strictObject({ name: fileName, algorithm: z.literal('sha256'), digest: hexDigest }))
      .min(1)
      .refine(inOrder, 'each file once, in code point order'),
  }),
})

export interface ModelSignature {
  readonly keyId: string
  readonly rootDigest: Digest
  readonly files: readonly NamedDigest[]
}

/** The bundle for files in code point order, to lie beside their folder. */
export function signModel(files: readonly NamedDigest[], signer: Signer): Uint8Array {
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [{ name: FOLDER, digest: { sha256: rootDigestOf(files) } }],
    predicateType: PREDICATE_TYPE,
    predicate: {
      serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false, ignore_paths: IGNORED },
      resources: files.map(({ name, digest }) => ({ name, algorithm: 'sha256', digest })),
    },
  }
  const payload = Buffer.from(canonicalJson(statement))
  const bundle = {
    mediaType: MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: signer.keyId }, tlogEntries: [] },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: IN_TOTO,
      signatures: [{ sig: signPayload(payload, signer), keyid: '' }],
    },
  }
  return Buffer.from(canonicalJson(bundle))
}

/** The files that one of `keys` has signed. Whether they are there is another question. */
export function verifyModelSignature(
  bytes: Uint8Array,
  { file, keys }: { readonly file: string; readonly keys: TrustedKeys },
): Checked<ModelSignature> {
  const bundle = readStrictJson(bytes, { file, schema: bundleSchema })
  if ('fault' in bundle) return bundle
  const { dsseEnvelope, verificationMaterial } = bundle.value
  const payload = Buffer.from(dsseEnvelope.payload, 'base64')
  const keyId = verificationMaterial.publicKey.hint
  const unsigned = signatureFault(file, { keyId, payload, signature: dsseEnvelope.signatures[0].sig, keys })
  if (unsigned !== undefined) return { fault: unsigned }
  const statement = readStrictJson(payload, { file, schema: statementSchema })
  if ('fault' in statement) return statement
  const { subject, predicate } = statement.value
  const rootDigest = rootDigestOf(predicate.resources)
  const [{ digest }] = subject
  if (digest.sha256 === rootDigest) return { value: { keyId, rootDigest, files: predicate.resources } }
  return { fault: altered(file, { expected: `root digest ${rootDigest}`, got: digest.sha256 }) }
}
