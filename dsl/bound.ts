import { DslError } from './errors.ts'
import type { Json } from './plan.ts'
import { type Place, placeOf } from './reference.ts'

/** What an author gave for a value, taken apart into literals and references. */
export type Bound =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'reference'; readonly place: Place }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, Bound>> }
  | { readonly kind: 'list'; readonly items: readonly Bound[] }

/** Throws `not-json` at a literal that JSON does not have. `subject` begins the message. */
export function bind(given: unknown, subject: string): Bound {
  if (typeof given !== 'object' || given === null) return { kind: 'literal', value: scalar(given, subject) }
  const place = placeOf(given)
  if (place !== undefined) return { kind: 'reference', place }
  if (Array.isArray(given)) return list(given.map((item, index) => bind(item, `${subject}.${index}`)))
  refuseObject(given, subject)
  const present = Object.entries(given).filter(([, field]) => field !== undefined)
  return object(present.map(([name, field]) => [name, bind(field, `${subject}.${name}`)] as const))
}

/** Every reference in it. Fields in the order of their names, so that an author's order of fields changes nothing. */
export function placesIn(bound: Bound): readonly Place[] {
  switch (bound.kind) {
    case 'literal':
      return []
    case 'reference':
      return [bound.place]
    case 'list':
      return bound.items.flatMap(placesIn)
    case 'object':
      return Object.entries(bound.fields)
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .flatMap(([, field]) => placesIn(field))
  }
}

/** A tree without references is one literal, however it was written down. */
function list(items: readonly Bound[]): Bound {
  return items.every((item) => item.kind === 'literal')
    ? { kind: 'literal', value: items.map((item) => item.value) }
    : { kind: 'list', items }
}

function object(fields: readonly (readonly [name: string, bound: Bound])[]): Bound {
  const literals = fields.flatMap(([name, bound]) => (bound.kind === 'literal' ? [[name, bound.value] as const] : []))
  return literals.length === fields.length
    ? { kind: 'literal', value: Object.fromEntries(literals) }
    : { kind: 'object', fields: Object.fromEntries(fields) }
}

function scalar(given: unknown, subject: string): Json {
  if (given === null || typeof given === 'boolean' || typeof given === 'string') return given
  if (typeof given === 'number' && Number.isFinite(given)) return given
  throw notJson(subject, typeof given === 'number' ? String(given) : typeof given)
}

function refuseObject(given: object, subject: string): void {
  if ('declaration' in given) throw notJson(subject, 'a step; write its .output')
  if ('$file' in given) throw notJson(subject, "an object with $file; write file('path')")
  const prototype: unknown = Object.getPrototypeOf(given)
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return
  throw notJson(subject, given.constructor.name)
}

function notJson(subject: string, got: string): DslError {
  return new DslError('not-json', `${subject}: expected JSON or a reference, got ${got}`)
}
