import { StoreError } from './errors.ts'

const SEGMENT = /^[A-Za-z0-9._:@=-]{1,255}$/
const MAX_KEY_LENGTH = 1024
/** The folder of half-written files in a folder store; no object may live under it. */
export const TEMPORARY = 'tmp'

/** Throws `key-invalid` unless `key` may name an object. */
export function checkKey(key: string): void {
  const segments = key.split('/')
  const [first] = segments
  if (key.length <= MAX_KEY_LENGTH && first !== TEMPORARY && segments.every(isSegment)) return
  throw invalid('key', key)
}

/** Throws `key-invalid` unless keys may start with `prefix`. */
export function checkPrefix(prefix: string): void {
  const segments = prefix.split('/')
  const last = segments.pop() ?? ''
  if (prefix.length <= MAX_KEY_LENGTH && segments.every(isSegment) && (last === '' || SEGMENT.test(last))) return
  throw invalid('prefix', prefix)
}

function isSegment(segment: string): boolean {
  return SEGMENT.test(segment) && segment !== '.' && segment !== '..'
}

function invalid(noun: string, got: string): StoreError {
  const shown = JSON.stringify(got.slice(0, 64))
  return new StoreError(
    'key-invalid',
    `store ${noun}: expected segments of [A-Za-z0-9._:@=-] joined by "/", none of them "." or "..", the first not "${TEMPORARY}", at most ${MAX_KEY_LENGTH} characters, got ${shown}; name it otherwise`,
  )
}
