import type { Json, JsonSchema } from '../dsl/plan.ts'

export function isSchema(value: Json | undefined): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A schema and every schema in it, as far as those of contracts go. */
export function subschemas(schema: JsonSchema): readonly JsonSchema[] {
  const { properties, anyOf, allOf } = schema
  const inner = [...(isSchema(properties) ? Object.values(properties) : []), ...listed(anyOf), ...listed(allOf)]
  return [schema, ...inner.filter(isSchema).flatMap(subschemas)]
}

export function listed(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : []
}

/** `Array.isArray` narrows a readonly array to `any[]`. */
function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}
