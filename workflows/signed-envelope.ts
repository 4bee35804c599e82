import type { SignedEnvelope } from '../activities/decide.ts'

/** Of an envelope's payload, in characters. */
const MOST_PAYLOAD = 16_384
const MOST_SIGNATURE = 256

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * What has the shape of a DSSE envelope, as an object or its JSON text; else nothing. No more than shape and size: it
 * runs in the workflow, which has no crypto, so that a flood of anything else costs nothing.
 */
export function envelopeOf(input: unknown): SignedEnvelope | undefined {
  const value = typeof input === 'string' ? parsed(input) : input
  if (!isRecord(value) || Object.keys(value).length !== 3) return undefined
  const { payload, payloadType, signatures } = value
  if (!isBase64(payload, MOST_PAYLOAD) || payloadType !== 'application/vnd.in-toto+json') return undefined
  const signature: unknown = Array.isArray(signatures) && signatures.length === 1 ? signatures[0] : undefined
  if (!isRecord(signature) || Object.keys(signature).length !== 2) return undefined
  const { keyid, sig } = signature
  if (typeof keyid !== 'string' || !/^[0-9a-f]{64}$/.test(keyid) || !isBase64(sig, MOST_SIGNATURE)) return undefined
  return { payload, payloadType, signatures: [{ keyid, sig }] }
}

function parsed(text: string): unknown {
  if (text.length > 2 * MOST_PAYLOAD) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isBase64(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most && BASE64.test(value)
}
