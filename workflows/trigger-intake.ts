import type { Trigger } from '../activities/launch/requests.ts'
import type { Json } from '../dsl/plan.ts'

/** Of a payload, as JSON, in characters. */
const LONGEST_PAYLOAD = 8192

const NAME = /^[a-z][a-z0-9-]{0,62}$/
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

export type Taken = { readonly trigger: Trigger } | { readonly message: string }

/**
 * A trigger by its shape, as an object or its JSON text. No more than shape and size: what the payload means is judged by
 * the plan, in an activity.
 */
export function triggerOf(input: unknown): Taken {
  const value = typeof input === 'string' ? parsed(input) : input
  if (!isRecord(value)) return { message: 'trigger: expected { name, id, payload }, got something else' }
  const { name, id, payload = {}, ...others } = value
  const [other] = Object.keys(others)
  if (other !== undefined)
    return { message: `trigger: expected { name, id, payload }, got "${other.slice(0, 64)}" too` }
  if (typeof name !== 'string' || !NAME.test(name))
    return { message: unfit('name', 'a word of a-z, 0-9 and "-"', name) }
  if (typeof id !== 'string' || !ID.test(id)) {
    return { message: unfit('id', 'up to 100 letters, digits, ".", "_" and "-"', id) }
  }
  if (!isRecord(payload)) return { message: `payload of "${name}": expected an object, got ${kindOf(payload)}` }
  const { length } = JSON.stringify(payload)
  if (length <= LONGEST_PAYLOAD) return { trigger: { name, id, payload } }
  return { message: `payload of "${name}": expected at most ${LONGEST_PAYLOAD} characters, got ${length}` }
}

function unfit(field: string, expected: string, got: unknown): string {
  return `trigger ${field}: expected ${expected}, got ${typeof got === 'string' ? `"${got.slice(0, 64)}"` : kindOf(got)}`
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`
}

function parsed(text: string): unknown {
  if (text.length > 2 * LONGEST_PAYLOAD) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What comes out of a payload converter or `JSON.parse` is JSON. */
function isRecord(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
