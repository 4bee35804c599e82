import { z } from 'zod'
import { altered, type Checked } from './fault.ts'

export interface StrictRead<T> {
  /** For faults. */
  readonly file: string
  readonly schema: z.ZodType<T>
}

/** 10,000 files of a model are 2 MiB. */
const MOST_BYTES = 8 * 1024 * 1024

/**
 * JSON that every reader understands alike: UTF-8 without a byte order mark, no key twice in an object, no `__proto__`.
 * Else one program could verify a value, and another one, which takes the first of two keys, go by its twin.
 */
export function readStrictJson<T>(bytes: Uint8Array, { file, schema }: StrictRead<T>): Checked<T> {
  const parsed = parse(bytes)
  if ('refused' in parsed) {
    return { fault: altered(file, { expected: 'JSON in UTF-8 with each key once', got: parsed.refused }) }
  }
  const result = schema.safeParse(parsed.json, { reportInput: true })
  if (result.success) return { value: result.data }
  return { fault: altered(file, wordsOf(result.error.issues[0])) }
}

export const hexDigest = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex characters')

/** Standard base64 with its padding, in the one spelling that each value has; base64url and stray bits are refused. */
export const base64 = z
  .string()
  .refine((text) => Buffer.from(text, 'base64').toString('base64') === text, 'standard base64')

function parse(bytes: Uint8Array): { readonly json: unknown } | { readonly refused: string } {
  if (bytes.length > MOST_BYTES) return { refused: `${bytes.length} bytes` }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const json: unknown = JSON.parse(text)
    const twice = repeatedKey(text)
    return twice === undefined ? { json } : { refused: `the key ${twice} in a place where it may not be` }
  } catch (error) {
    return { refused: error instanceof SyntaxError ? 'text that is no JSON' : 'bytes that are no UTF-8' }
  }
}

/** In text that is JSON a string before a colon is a key, and nothing else is. */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = []
  for (const [token, colon] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/gs)) {
    if (token === '{') open.push(new Set(['__proto__']))
    else if (token === '}') open.pop()
    else if (colon !== undefined) {
      const key = String(JSON.parse(token.slice(0, -colon.length)))
      if (open.at(-1)?.has(key)) return JSON.stringify(key)
      open.at(-1)?.add(key)
    }
  }
  return undefined
}

function wordsOf(issue: z.core.$ZodIssue | undefined): { readonly expected: string; readonly got: string } {
  if (issue === undefined) return { expected: 'the known shape', got: 'another one' }
  const place = issue.path.length === 0 ? 'at the top' : `at ${issue.path.join('.')}`
  if (issue.code === 'unrecognized_keys') return { expected: `no further key ${place}`, got: issue.keys.join(', ') }
  const expected = issue.message.replace(/^Invalid input: (expected )?/, '')
  return { expected: `${place} ${expected}`, got: shown(issue.input) }
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
