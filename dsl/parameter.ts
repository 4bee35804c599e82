import type { z } from 'zod'
import { reference, type RefOf } from './reference.ts'
import type { Carrier, Schema } from './wire.ts'

export interface ParameterDeclaration {
  readonly name: string
  readonly schema: z.ZodType
  /** Undefined where the schema's own default holds, or else each run has to give the value. */
  readonly fallback: unknown
}

/** A value that each run is given, or takes from `fallback`. */
export function parameter<T>(name: string, schema: Carrier<T, Schema<T, unknown>>, fallback?: NoInfer<T>): RefOf<T> {
  // `Carrier` is a schema wherever the call compiles.
  const declaration = { name, schema: schema as z.ZodType, fallback }
  return reference({ from: 'parameter', parameter: declaration })
}
