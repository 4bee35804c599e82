import { entryWords } from '../../console/entry-words.ts'
import type { AuditEntry } from '../../store/audit-entry.ts'

/** What says most of an entry, in this order; the rest follows by name. */
const FIRST = ['decision', 'verdict', 'state', 'cause', 'reason', 'person', 'stable', 'candidate', 'share', 'model']
const LONGEST = 120
const DIGEST = /^[0-9a-f]{64}$/
const SHOWN_DIGITS = 12

/** Their words say all that their bodies do. */
const IN_WORDS = new Set(['alert', 'retrain'])

/**
 * What an audit entry says, in a line: `drift of origin (PSI): 0.62, wanted at most 0.2`; of most kinds the body's fields,
 * `cause rolled-back, stable delay@1`. What is null is left out.
 */
export function entryText(entry: Pick<AuditEntry, 'kind' | 'body'>): string {
  const words = IN_WORDS.has(entry.kind) ? entryWords(entry) : undefined
  if (words !== undefined) return cut(`${words.title}: ${words.detail}`)
  return fieldsText(entry.body)
}

function fieldsText(body: unknown): string {
  if (!isFields(body)) return cut(wordOf(body))
  const names = Object.keys(body).filter((name) => body[name] !== null)
  const first = FIRST.filter((name) => names.includes(name))
  const rest = names.filter((name) => !FIRST.includes(name))
  return cut([...first, ...rest].map((name) => `${name} ${wordOf(body[name])}`).join(', '))
}

function wordOf(value: unknown): string {
  if (typeof value === 'string') return DIGEST.test(value) ? value.slice(0, SHOWN_DIGITS) : value
  if (Array.isArray(value)) return `(${value.length})`
  if (!isFields(value)) return JSON.stringify(value)
  const { model, version, share } = value
  if (typeof model !== 'string' || typeof version !== 'number') return JSON.stringify(value)
  return typeof share === 'number' ? `${model}@${version} at ${share / 100} %` : `${model}@${version}`
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}
