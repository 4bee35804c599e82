import { z } from 'zod'
import { DslError } from './errors.ts'
import type { JsonSchema } from './plan.ts'

/** Which side of a schema: what may go in, where defaults may be left out, or what comes out. */
export type Side = 'input' | 'output'

/** The schema as JSON Schema, draft 2020-12. Throws `schema` where that cannot say it in full. */
export function jsonSchemaOf(schema: z.ZodType, side: Side): JsonSchema {
  try {
    const made = z.toJSONSchema(schema, { io: side, override: ({ zodSchema }) => refuse(zodSchema) })
    // A JSON Schema is JSON; going through text drops the standard-schema functions that zod hangs on it.
    return JSON.parse(JSON.stringify(made)) as JsonSchema
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause)
    throw new DslError('schema', `expected a schema that JSON Schema can say, got: ${got}`, { cause })
  }
}

/** Why the schema has no JSON Schema, or undefined where it has one. */
export function whyUnsayable(schema: z.ZodType, side: Side): string | undefined {
  try {
    jsonSchemaOf(schema, side)
    return undefined
  } catch (error) {
    if (error instanceof DslError) return error.message
    throw error
  }
}

/** Throws at what zod does by running code: JSON Schema cannot carry it, and zod would leave it out in silence. */
function refuse(schema: z.core.$ZodType): void {
  // Internals are typed by kind; these three fields are read whatever the kind.
  const def = schema._zod.def as {
    readonly type: string
    readonly coerce?: boolean
    readonly checks?: readonly Check[]
  }
  if (def.type === 'pipe') throw new Error('a transform')
  if (def.type === 'catch') throw new Error('a fallback')
  if (def.coerce === true) throw new Error('a coercion')
  for (const { _zod } of def.checks ?? []) {
    if (_zod.def.check === 'custom') throw new Error('a refinement')
    if (_zod.def.check === 'overwrite') throw new Error('a transform')
  }
}

type Check = z.core.$ZodCheck
