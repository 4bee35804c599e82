import { verify, type KeyObject } from 'node:crypto'

/** The payload type of in-toto statements: all that is signed here is one. */
export const IN_TOTO = 'application/vnd.in-toto+json'

/** Whoever can sign; a closure, so that printing it cannot print the key. */
export interface Signer {
  /** SHA-256 of the public key's PEM. */
  readonly keyId: string
  readonly publicKey: KeyObject
  /** ECDSA P-256 with SHA-256, DER. Two signatures of the same bytes differ. */
  sign(bytes: Uint8Array): Uint8Array
}

/** Public keys by their ids. */
export type TrustedKeys = ReadonlyMap<string, KeyObject>

/** Signs a payload of type `IN_TOTO`. Answers the signature in base64. */
export function signPayload(payload: Uint8Array, signer: Signer): string {
  return Buffer.from(signer.sign(preAuthentication(IN_TOTO, payload))).toString('base64')
}

/** Whether `signature`, in base64, is the key's over this payload of type `IN_TOTO`. */
export function isSignedBy(
  key: KeyObject,
  { payload, signature }: { payload: Uint8Array; signature: string },
): boolean {
  return verify('sha256', preAuthentication(IN_TOTO, payload), key, Buffer.from(signature, 'base64'))
}

/** What is signed (DSSE 1.0): type and payload, each after its length in bytes, so that neither can be taken for the other. */
export function preAuthentication(type: string, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload])
}
