import { z } from 'zod'
import type { Json, JsonSchema } from '../../dsl/plan.ts'
import { ActivityError, type ActivityErrorCode } from '../errors.ts'
import { describeIssues } from './schema-faults.ts'

/** Both ends of a Python unit. What comes out has its defaults filled in. */
export interface SchemaGate {
  /** Throws `task-input-invalid`. */
  readonly input: (value: Json, subject: string) => Json
  /** Throws `task-output-invalid`. */
  readonly output: (value: Json, subject: string) => Json
}

export function schemaGate(unit: { readonly inputSchema: JsonSchema; readonly outputSchema: JsonSchema }): SchemaGate {
  return {
    input: gate(unit.inputSchema, { code: 'task-input-invalid', name: 'input' }),
    output: gate(unit.outputSchema, { code: 'task-output-invalid', name: 'output' }),
  }
}

function gate(
  schema: JsonSchema,
  { code, name }: { readonly code: ActivityErrorCode; readonly name: string },
): SchemaGate['input'] {
  const zod = z.fromJSONSchema(schema)
  return (value, subject) => {
    const parsed = zod.safeParse(value)
    // What a schema makes of JSON is JSON: JSON Schema has no transforms.
    if (parsed.success) return parsed.data as Json
    const message = `${subject} ${describeIssues(parsed.error.issues, value, name)}`
    throw new ActivityError(code, { message, retry: false })
  }
}
