import type { Json } from '../../dsl/plan.ts'

/** Why a value is not JSON: where, and what stands there. */
export class NotJson extends Error {
  override readonly name = 'NotJson'
}

const DEEPEST = 500
const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * The value as plain JSON. Fields that are undefined are left out, as optional ones may be; whatever else JSON does not
 * have is refused with its place: NaN, bigint, dates, class instances, holes. Throws `NotJson`.
 */
export function asJson(value: unknown, place: string, depth = 0): Json {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'string' && !LONE_SURROGATE.test(value)) return value
  if (depth > DEEPEST) throw notJson(place.slice(0, 64), `more than ${DEEPEST} levels`)
  if (Array.isArray(value)) return Array.from(value, (item, index) => asJson(item, `${place}[${index}]`, depth + 1))
  if (isPlain(value)) return fieldsOf(value, place, depth)
  throw notJson(place, kindOf(value))
}

function fieldsOf(value: object, place: string, depth: number): Json {
  const fields: [string, Json][] = []
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined) fields.push([name, asJson(field, `${place}.${name}`, depth + 1)])
  }
  return Object.fromEntries(fields)
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function kindOf(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return 'a string that is not Unicode'
  return typeof value === 'object' && value !== null ? value.constructor.name : typeof value
}

function notJson(place: string, got: string): NotJson {
  return new NotJson(`${place}: expected JSON, got ${got}`)
}
