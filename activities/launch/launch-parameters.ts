import { z } from 'zod'
import type { Json, Plan } from '../../dsl/plan.ts'
import { describeIssues } from '../children/schema-faults.ts'
import type { LaunchFault, Trigger } from './requests.ts'

export type Parameters = Readonly<Record<string, Json>>

export type Filled =
  | { readonly parameters: Parameters }
  | { readonly reason: Exclude<LaunchFault, 'not-applied'>; readonly message: string }

export interface Given {
  /** ISO 8601: `asOf` where the trigger says nothing of it. */
  readonly at: string
  readonly trigger: Trigger | null
}

/** Parameters of a run that nobody is there to be asked about: what a trigger says, `asOf`, and the plan's defaults. */
export function launchParameters(plan: Plan, { at, trigger }: Given): Filled {
  const said = trigger === null ? { parameters: {} } : payloadOf(plan, trigger)
  return 'reason' in said ? said : filled(plan, { asOf: at, ...said.parameters })
}

function payloadOf({ pipeline, operation: { triggers } }: Plan, { name, payload }: Trigger): Filled {
  const schema = Object.hasOwn(triggers, name) ? triggers[name] : undefined
  if (schema === undefined) {
    const known = Object.keys(triggers).map((one) => `"${one}"`)
    const expected = known.length === 0 ? 'a pipeline with triggers' : `trigger ${known.join(' or ')}`
    return { reason: 'unknown-trigger', message: `pipeline "${pipeline}": expected ${expected}, got "${name}"` }
  }
  const fields = Object.keys(schema['properties'] ?? {})
  const strange = Object.keys(payload).filter((field) => !fields.includes(field))
  if (strange.length > 0) {
    const expected = fields.length === 0 ? 'no fields' : `fields ${fields.map((field) => `"${field}"`).join(', ')}`
    return wrong(
      'wrong-payload',
      `payload of "${name}": expected ${expected}, got "${shortened(strange.join('", "'))}"`,
    )
  }
  const parsed = z.fromJSONSchema(schema).safeParse(payload)
  // What a schema makes of JSON is JSON: JSON Schema has no transforms.
  if (parsed.success) return { parameters: parsed.data as Parameters }
  return wrong('wrong-payload', describeIssues(firstOfEach(parsed.error.issues), payload, `payload of "${name}"`))
}

/** `given` may have an `asOf` that the pipeline does not read. */
function filled({ parameters }: Plan, given: Parameters): Filled {
  const values: [string, Json][] = []
  for (const [name, { schema, default: fallback }] of Object.entries(parameters)) {
    const value = Object.hasOwn(given, name) ? given[name] : fallback
    const subject = `parameter "${name}"`
    if (value === undefined) return wrong('wrong-parameter', `${subject}: expected a value or a default, got neither`)
    const parsed = z.fromJSONSchema(schema).safeParse(value)
    if (!parsed.success) {
      return wrong('wrong-parameter', describeIssues(firstOfEach(parsed.error.issues), value, subject))
    }
    values.push([name, value])
  }
  return { parameters: Object.fromEntries(values) }
}

function wrong(reason: 'wrong-payload' | 'wrong-parameter', message: string): Filled {
  return { reason, message }
}

/** A format comes with a pattern, which says the same at length. */
function firstOfEach(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const places = issues.map(({ path }) => path.join('.'))
  return issues.filter((_, index) => places.indexOf(places[index] ?? '') === index)
}

function shortened(text: string): string {
  return text.length > 64 ? `${text.slice(0, 63)}…` : text
}
