import type { z } from 'zod'
import type { Input } from './reference.ts'
import type { StepPolicy } from './step-policy.ts'
import { callOf, type Step, type StepOptions } from './step.ts'
import type { Carrier, Schema } from './wire.ts'

/** A Python script with its schemas. Called with an input, it makes a step. */
export interface Script<In, Out> {
  (input: Input<In>, options?: StepOptions): Step<Out>
  readonly name: string
}

/** What a script is given and answers, and how it is run. */
export interface ScriptOptions<In, Out> extends StepPolicy {
  /** Path relative to the pipeline's file. */
  readonly script: string
  /** What the script is given. */
  readonly input: Carrier<In, Schema<unknown, In>>
  /** What the script answers. */
  readonly output: Carrier<Out, Schema<Out, unknown>>
}

/**
 * Declares a step written in Python. The script is packed with its folder; the schemas travel as JSON Schema, so
 * transforms and refinements are refused.
 */
export function python<In, Out>(name: string, options: ScriptOptions<In, Out>): Script<In, Out> {
  const { script, input, output, ...policy } = options
  // `Carrier` is a schema wherever the call compiles.
  const schemas = { input, output } as { readonly input: z.ZodType; readonly output: z.ZodType }
  const unit = { kind: 'python', name, policy, script, ...schemas } as const
  const call = (given: Input<In>, as?: StepOptions): Step<Out> => callOf(unit, given, as)
  return Object.defineProperty(call, 'name', { value: name })
}
