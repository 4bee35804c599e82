import type { z } from 'zod'
import { DslError } from './errors.ts'
import type { LocalFile } from './file.ts'
import type { ParameterDeclaration } from './parameter.ts'
import type { Json } from './plan.ts'
import type { StepDeclaration } from './step.ts'

declare const value: unique symbol

/** A value that a run will have. `T` is for the compiler alone: nothing can be read while the pipeline is declared. */
export interface Ref<T> {
  readonly [value]: T
}

/** A reference to a record: each of its fields is a reference too. */
export type RecordRef<T> = Ref<T> & { readonly [K in keyof T]-?: RefOf<T[K]> }

/** The reference to a `T`. Lists, nullable records and records with open keys are referred to as a whole. */
export type RefOf<T> = [T] extends [LocalFile | readonly unknown[]]
  ? Ref<T>
  : [T] extends [object]
    ? string extends keyof T
      ? Ref<T>
      : RecordRef<T>
    : Ref<T>

/** What an author may give for a `T`: the value itself, a reference to one, or a mixture field by field. */
export type Bind<T> = Ref<Exclude<T, undefined>> | Literal<T>
type Literal<T> = [JsonOfZod] extends [T] ? AnyBind : Deep<T>
type Deep<T> = T extends LocalFile ? never : T extends object ? Fields<T> : T
type JsonOfZod = z.core.util.JSONType

/**
 * What a step is called with. A reference to a whole record has its fields and so is one, too; said in this way, a
 * missing field has its name in the message.
 */
export type Input<T> = [JsonOfZod] extends [T]
  ? Bind<T>
  : T extends LocalFile | readonly unknown[]
    ? Bind<T>
    : T extends object
      ? string extends keyof T
        ? Bind<T>
        : Fields<T>
      : Bind<T>
type Fields<T> = { readonly [K in keyof T]: Bind<T[K]> }

/** Any JSON, with references anywhere in it. Written out, since the compiler would unfold `Bind` of it for ever. */
type AnyBind = null | boolean | number | string | Ref<Json> | readonly AnyBind[] | { readonly [key: string]: AnyBind }

/** Where a reference begins. Steps, parameters and items are told apart by identity, not by name. */
export type Origin =
  | { readonly from: 'output'; readonly step: StepDeclaration }
  | { readonly from: 'parameter'; readonly parameter: ParameterDeclaration }
  | ItemOrigin
  | { readonly from: 'file'; readonly name: string }

/** The element that one `each` hands to its callback. */
export interface ItemOrigin {
  readonly from: 'item'
}

export interface Place {
  readonly origin: Origin
  readonly path: readonly string[]
}

/** Registered, so that two loaded copies of this module understand each other's references. */
const place = Symbol.for('anneal.place')

export function reference<T>(origin: Origin, path: readonly string[] = []): RefOf<T> {
  const handler: ProxyHandler<object> = {
    get(_, key) {
      if (key === place) return { origin, path } satisfies Place
      if (typeof key === 'string') return reference(origin, [...path, key])
      if (key === Symbol.toPrimitive) return () => refuseRead({ origin, path }, 'its value used in an expression')
      if (key === Symbol.iterator) return () => refuseRead({ origin, path }, 'a loop over it')
      return undefined
    },
    ownKeys: () => refuseRead({ origin, path }, 'its fields spread or listed'),
  }
  // The proxy answers for every field that the type promises.
  return new Proxy({}, handler) as RefOf<T>
}

/** Where a reference points, or undefined for any other value. */
export function placeOf(candidate: object): Place | undefined {
  return (candidate as { readonly [place]?: Place })[place]
}

/** The text by which messages name a reference. */
function describePlace({ origin, path }: Place): string {
  return [describeOrigin(origin), ...path].join('.')
}

function describeOrigin(origin: Origin): string {
  switch (origin.from) {
    case 'output':
      return `output of step "${origin.step.name}"`
    case 'parameter':
      return `parameter "${origin.parameter.name}"`
    case 'item':
      return 'item'
    case 'file':
      return `file "${origin.name}"`
  }
}

function refuseRead(at: Place, got: string): never {
  const remedy = 'pass the reference into a step, or use each() for a list'
  throw new DslError('reference-read', `${describePlace(at)}: expected no use before a run, got ${got}; ${remedy}`)
}
