import { z } from 'zod'
import { canonicalJson } from '../../dsl/digest.ts'
import { IN_TOTO, isSignedBy, signPayload, type Signer, type TrustedKeys } from './dsse.ts'
import { altered, REMEDY, type Checked, type Fault } from './fault.ts'
import { base64, hexDigest, readStrictJson, type StrictRead } from './strict-json.ts'

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'

/** A statement that was read from its envelope. */
export interface Sealed<T> {
  readonly statement: T
  /** The key that the envelope names; it has signed only if `verifyStatement` answered. */
  readonly keyId: string
}

const envelopeSchema = z.strictObject({
  payload: base64,
  payloadType: z.literal(IN_TOTO),
  signatures: z.tuple([z.strictObject({ keyid: hexDigest, sig: base64 })]),
})

/** A DSSE envelope over an in-toto statement, as canonical JSON inside and out: a statement has one form. */
export function sealStatement(statement: object, signer: Signer): Uint8Array {
  const payload = Buffer.from(canonicalJson(statement))
  const signatures = [{ keyid: signer.keyId, sig: signPayload(payload, signer) }]
  return Buffer.from(canonicalJson({ payload: payload.toString('base64'), payloadType: IN_TOTO, signatures }))
}

/** Reads without asking who signed. */
export function readStatement<T>(bytes: Uint8Array, options: StrictRead<T>): Checked<Sealed<T>> {
  const opened = openStatement(bytes, options)
  if ('fault' in opened) return opened
  const { statement, keyId } = opened.value
  return { value: { statement, keyId } }
}

/** Reads what one of `keys` has signed. */
export function verifyStatement<T>(
  bytes: Uint8Array,
  options: StrictRead<T> & { readonly keys: TrustedKeys },
): Checked<Sealed<T>> {
  const opened = openStatement(bytes, options)
  if ('fault' in opened) return opened
  const { statement, keyId, payload, signature } = opened.value
  const fault = signatureFault(options.file, { keyId, payload, signature, keys: options.keys })
  return fault === undefined ? { value: { statement, keyId } } : { fault }
}

export interface Signature {
  readonly keyId: string
  readonly payload: Uint8Array
  readonly signature: string
  readonly keys: TrustedKeys
}

export function signatureFault(file: string, { keyId, keys, ...signed }: Signature): Fault | undefined {
  const key = keys.get(keyId)
  if (key === undefined) {
    const expected =
      keys.size === 1 ? `the signature of key ${[...keys.keys()].join('')}` : 'the signature of a trusted key'
    return { file, expected, got: keyId, remedy: REMEDY.untrusted }
  }
  if (isSignedBy(key, signed)) return undefined
  return altered(file, { expected: `a signature by key ${keyId}`, got: 'one that does not match' })
}

/** What it takes to ask later who signed. */
export interface OpenedStatement<T> extends Sealed<T> {
  readonly payload: Uint8Array
  readonly signature: string
}

/** Reads without asking who signed, for `signatureFault`. */
export function openStatement<T>(bytes: Uint8Array, { file, schema }: StrictRead<T>): Checked<OpenedStatement<T>> {
  const outer = readStrictJson(bytes, { file, schema: envelopeSchema })
  if ('fault' in outer) return outer
  const payload = Buffer.from(outer.value.payload, 'base64')
  const inner = readStrictJson(payload, { file, schema })
  if ('fault' in inner) return inner
  const [{ keyid, sig }] = outer.value.signatures
  if (isCanonical(bytes, outer.value) && isCanonical(payload, inner.value)) {
    return { value: { statement: inner.value, keyId: keyid, payload, signature: sig } }
  }
  return { fault: altered(file, { expected: 'canonical JSON', got: 'another spelling of it' }) }
}

function isCanonical(bytes: Uint8Array, value: unknown): boolean {
  return Buffer.from(canonicalJson(value)).equals(bytes)
}
