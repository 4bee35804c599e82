import { z } from 'zod'
import type { Json, JsonSchema, Plan } from '../../dsl/plan.ts'
import { CliError } from '../errors.ts'

/**
 * A run's parameters: those given as `name=value` over the plan's defaults, checked by the plan's schemas.
 * A value is JSON where the text parses as such and the schema takes it, else the text itself.
 */
export function parametersOf(plan: Plan, given: readonly string[]): Readonly<Record<string, Json>> {
  const texts = new Map(given.map(splitPair))
  const unknown = [...texts.keys()].filter((name) => !(name in plan.parameters))
  if (unknown.length > 0) throw unknownParameters(plan, unknown)
  const entries = Object.entries(plan.parameters).map(([name, spec]) => {
    const text = texts.get(name)
    if (text === undefined && spec.default !== undefined) return [name, spec.default] as const
    return [name, parsed(name, text, spec.schema)] as const
  })
  return Object.fromEntries(entries)
}

function splitPair(pair: string): readonly [name: string, text: string] {
  const at = pair.indexOf('=')
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)]
  throw new CliError('usage', {
    message: `--param "${pair}" is not a pair`,
    expected: 'name=value',
    got: `"${pair}"`,
    remedy: 'write it as --param name=value',
  })
}

function parsed(name: string, text: string | undefined, schema: Plan['parameters'][string]['schema']): Json {
  const checked = z.fromJSONSchema(schema)
  const candidates = text === undefined ? [] : [jsonOr(text), text]
  for (const candidate of candidates) if (checked.safeParse(candidate).success) return candidate
  throw new CliError('usage', {
    message: text === undefined ? `parameter "${name}" has no default` : `parameter "${name}" does not take that value`,
    expected: shownSchema(schema),
    got: text === undefined ? 'none' : `"${text}"`,
    remedy: `give it as --param ${name}=${schema['format'] === 'date-time' ? '2001-04-01T00:00:00Z' : 'value'}`,
  })
}

/** Without the dialect, which tells a person nothing. An instant in words: its form is what people get wrong. */
function shownSchema(schema: JsonSchema): string {
  if (schema['format'] === 'date-time') return 'an instant, ISO 8601 with a time and a zone'
  return `a value of ${JSON.stringify({ ...schema, $schema: undefined })}`
}

function jsonOr(text: string): Json {
  try {
    // What JSON.parse answers is Json by definition.
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

function unknownParameters(plan: Plan, names: readonly string[]): CliError {
  const known = Object.keys(plan.parameters)
  return new CliError('usage', {
    message: `pipeline "${plan.pipeline}" has no parameter ${names.map((name) => `"${name}"`).join(', ')}`,
    expected: known.length === 0 ? 'no parameters' : known.map((name) => `"${name}"`).join(', '),
    got: names.map((name) => `"${name}"`).join(', '),
    remedy: known.length === 0 ? 'leave --param out' : 'check the spelling',
  })
}
