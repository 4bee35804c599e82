/** What verification found wrong: a value, since finding it is what verification is for. */
export interface Fault {
  /** A key of the store, or a path in an exported folder. */
  readonly file: string
  readonly expected: string
  /** At most 64 characters, never content of a model. */
  readonly got: string
  readonly remedy: string
}

export type Checked<T> = { readonly value: T } | { readonly fault: Fault }

export const REMEDY = {
  /** For what carries a signature. */
  altered: 'do not use it: restore it from a copy, or train and register the model again',
  untrusted:
    'find out who has this key; if you trust them, put their public key into the folder `trusted` of the keys folder',
} as const

export function altered(file: string, { expected, got }: Pick<Fault, 'expected' | 'got'>): Fault {
  return { file, expected, got: cut(got), remedy: REMEDY.altered }
}

function cut(text: string): string {
  return text.length > 64 ? `${text.slice(0, 63)}…` : text
}
