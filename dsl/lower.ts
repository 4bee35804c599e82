import type { Bound } from './bound.ts'
import { DslError } from './errors.ts'
import type { Binding, Digest } from './plan.ts'
import type { Place } from './reference.ts'
import type { StepDeclaration } from './step.ts'

/** What turns the identities of a declaration into the names of a plan. */
export interface Names {
  readonly idOf: (declaration: StepDeclaration) => string
  /** Digests of packed files, by path. */
  readonly files: Readonly<Record<string, Digest>>
}

/** The plan's form of what an author gave. Throws `not-packed` at a file without a digest. */
export function lower(bound: Bound, names: Names): Binding {
  switch (bound.kind) {
    case 'literal':
      return { from: 'literal', value: bound.value }
    case 'reference':
      return lowerPlace(bound.place, names)
    case 'list':
      return { from: 'list', items: bound.items.map((item) => lower(item, names)) }
    case 'object': {
      const fields = Object.entries(bound.fields).map(([name, field]) => [name, lower(field, names)] as const)
      return { from: 'object', fields: Object.fromEntries(fields) }
    }
  }
}

function lowerPlace({ origin, path }: Place, { idOf, files }: Names): Binding {
  switch (origin.from) {
    case 'output':
      return { from: 'output', node: idOf(origin.step), path }
    case 'parameter':
      return { from: 'parameter', name: origin.parameter.name, path }
    case 'item':
      return { from: 'item', path }
    case 'file':
      return { from: 'file', name: origin.name, digest: packedDigest(files, origin.name, 'file') }
  }
}

export function packedDigest(packed: Readonly<Record<string, Digest>>, name: string, noun: 'file' | 'code'): Digest {
  const digest = Object.hasOwn(packed, name) ? packed[name] : undefined
  if (digest !== undefined) return digest
  throw new DslError('not-packed', `${noun} "${name}": expected a digest, got none; pack what unitsOf() lists first`)
}
