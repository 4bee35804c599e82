import type { Pii } from '../dsl/column-meta.ts'

const MOST_CHARACTERS = 64

/** What a failure may say of a value: JSON, cut at 64 characters; of personal data its type and length. */
export function shown(value: unknown, pii: Pii | null): string {
  if (value === null || value === undefined) return 'null'
  if (pii !== null)
    return typeof value === 'string' ? `a string of ${Array.from(value).length} characters` : `a ${typeof value}`
  return cut(typeof value === 'number' && !Number.isFinite(value) ? String(value) : JSON.stringify(value))
}

export function cut(text: string): string {
  const characters = Array.from(text)
  return characters.length <= MOST_CHARACTERS ? text : `${characters.slice(0, MOST_CHARACTERS - 1).join('')}…`
}
