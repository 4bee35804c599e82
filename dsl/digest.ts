import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { DslError } from './errors.ts'
import type { Digest } from './plan.ts'

/** Names a JSON value: SHA-256 of its canonical JSON. Throws `not-json`. */
export function digestOf(value: unknown): Digest {
  return hash('sha256', canonicalJson(value), 'hex')
}

/**
 * RFC 8785. Throws `not-json` with the place of the first thing that JSON does not have: plain JSON.stringify drops
 * undefined and makes null of NaN, so that unequal values would share a name.
 */
export function canonicalJson(value: unknown): string {
  refuse(value, '')
  return canonicalize(value) ?? ''
}

function refuse(value: unknown, path: string): void {
  if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) refuse(item, `${path}/${index}`)
    else if (isPlain(value)) for (const [name, field] of Object.entries(value)) refuse(field, `${path}/${name}`)
    else throw notJson(path, value.constructor.name)
    return
  }
  if (value === null || typeof value === 'boolean') return
  if (typeof value === 'string') {
    if (LONE_SURROGATE.test(value)) throw notJson(path, 'a string that is not Unicode')
    return
  }
  if (typeof value === 'number' && Number.isFinite(value)) return
  throw notJson(path, typeof value === 'number' ? String(value) : typeof value)
}

/** UTF-8 has no form for it, so two strings that differ in it alone would share their bytes. */
const LONE_SURROGATE = /\p{Surrogate}/u

function notJson(path: string, got: string): DslError {
  return new DslError('not-json', `value${path === '' ? '' : ` at ${path}`}: expected JSON, got ${got}`)
}

/** Also true for objects of another realm, whose Object.prototype is not ours. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
