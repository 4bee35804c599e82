import { type GraphStep, originsOf } from './graph.ts'
import { jsonSchemaOf } from './json-schema.ts'
import type { ParameterDeclaration } from './parameter.ts'
import type { Pipeline } from './pipeline.ts'
import type { Json, ParameterSpec } from './plan.ts'

/** The parameters that the pipeline reads, each declaration once. */
export function parametersOf(pipeline: Pipeline, graph: readonly GraphStep[]): readonly ParameterDeclaration[] {
  const origins = originsOf(pipeline, graph)
  return [...new Set(origins.flatMap((origin) => (origin.from === 'parameter' ? [origin.parameter] : [])))]
}

/** Throws `schema` where JSON Schema cannot say the parameter's schema. */
export function parameterSpec({ schema, fallback }: ParameterDeclaration): ParameterSpec {
  const jsonSchema = jsonSchemaOf(schema, 'output')
  const value = fallback === undefined ? schema.safeParse(undefined).data : fallback
  // `parameter` admits schemas of JSON values alone.
  return value === undefined ? { schema: jsonSchema } : { schema: jsonSchema, default: value as Json }
}
