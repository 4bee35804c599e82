/** One thing that a zod schema found, of whichever zod the unit brought along. */
export interface SchemaIssue {
  readonly code?: string
  readonly message: string
  readonly path: readonly PropertyKey[]
  readonly expected?: unknown
  readonly keys?: readonly string[]
  readonly errors?: readonly (readonly SchemaIssue[])[]
}

const MOST_SHOWN = 5

/**
 * `input.text: expected string, got number; input.items[2]: …`. Strings are shown by their length only: an input may
 * hold what no log may.
 */
export function describeIssues(issues: readonly SchemaIssue[], value: unknown, subject: string): string {
  const shown = issues.slice(0, MOST_SHOWN).map((issue) => {
    const got = valueAt(value, issue.path)
    return `${placeOf(issue.path, subject)}: ${sentenceOf(issue, got)}`
  })
  const left = issues.length - shown.length
  return left > 0 ? `${shown.join('; ')}; and ${left} more` : shown.join('; ')
}

function sentenceOf(issue: SchemaIssue, got: unknown): string {
  const expected = expectedOf(issue)
  if (expected === undefined) return `${issue.message}, got ${shownValue(got)}`
  return `expected ${expected}, got ${issue.code === 'invalid_type' ? kindOf(got, issue.expected) : shownValue(got)}`
}

function expectedOf({ code, message, expected, keys, errors }: SchemaIssue): string | undefined {
  if (code === 'invalid_type' && typeof expected === 'string') return expected
  if (code === 'unrecognized_keys' && keys !== undefined)
    return `no ${keys.map((key) => JSON.stringify(key)).join(', ')}`
  if (code === 'invalid_union' && errors !== undefined) {
    const options = errors.flatMap(([first]) => (first === undefined ? [] : (expectedOf(first) ?? [])))
    return options.length === 0 ? undefined : [...new Set(options)].join(' or ')
  }
  // Zod's own sentences: `Too small: expected number to be >=1`, `Invalid option: expected one of "x"|"y"`.
  return /expected (.+?)(?:, received .*)?$/.exec(message)?.[1]
}

function placeOf(path: readonly PropertyKey[], subject: string): string {
  return path.reduce<string>(
    (place, step) => (typeof step === 'number' ? `${place}[${step}]` : `${place}.${String(step)}`),
    subject,
  )
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  // What is at hand is indexed only where it is an object.
  return path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined),
    value,
  )
}

function kindOf(value: unknown, expected: unknown): string {
  if (typeof value === 'number') return expected === 'number' || expected === 'int' ? String(value) : 'number'
  return ['boolean', 'string', 'function'].includes(typeof value) ? typeof value : shownValue(value)
}

function shownValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return `a string of ${value.length} characters`
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value)
  return typeof value === 'object' ? 'an object' : typeof value
}
