import { z } from 'zod'
import { columnType, type Shape } from './columns.ts'
import type { JsonSchema } from './plan.ts'

/**
 * @internal JSON Schema of one row, columns in the order of their names. Metadata stays out, since Ajv's strict mode throws on keywords it does not know;
 * what zod leaves empty or names by a format of its own is spelled out.
 */
export function rowSchema(shape: Shape): JsonSchema {
  const sorted = Object.entries(shape).toSorted(([left], [right]) => (left < right ? -1 : 1))
  const schema = z.toJSONSchema(z.strictObject(Object.fromEntries(sorted)), {
    metadata: z.registry<object>(),
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const own = zodSchema instanceof z.ZodType ? ownSchema(zodSchema) : undefined
      if (own === undefined) return
      for (const keyword of Object.keys(jsonSchema)) delete jsonSchema[keyword]
      Object.assign(jsonSchema, own)
    },
  })
  // A JSON Schema is JSON; going through text drops zod's own non-enumerable fields.
  return JSON.parse(JSON.stringify(schema)) as JsonSchema
}

function ownSchema(schema: z.ZodType): object | undefined {
  const type = columnType(schema)
  if (type?.kind === 'instant') return { type: 'string', format: 'date-time' }
  if (type?.kind === 'int64') return { type: 'string', pattern: '^-?(0|[1-9]\\d{0,18})$' }
  if (type?.kind === 'decimal') return { type: 'string', pattern: type.pattern }
  return undefined
}
