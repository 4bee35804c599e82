import type { Input } from './reference.ts'
import type { StepPolicy } from './step-policy.ts'
import { callOf, type Step, type StepOptions, type TaskCode, type TaskContext } from './step.ts'
import type { Carrier, Schema } from './wire.ts'

/** A TypeScript function with its schemas. Called with an input, it makes a step. */
export interface Task<In, Out> extends TaskCode {
  (input: Input<In>, options?: StepOptions): Step<Out>
  readonly name: string
}

/** What a task is made of, and how it is run. */
export interface TaskOptions<In, Read, Out, Made> extends StepPolicy {
  /** Parses what arrives as JSON before `run` sees it. */
  readonly input: Carrier<In, Schema<Read, In>>
  /** Parses what `run` returns; what comes out of it travels on as JSON. */
  readonly output: Carrier<Out, Schema<Out, Made>>
  /** Gets what `input` parsed; what it throws fails the attempt. */
  readonly run: (input: NoInfer<Read>, context: TaskContext) => NoInfer<Made> | Promise<NoInfer<Made>>
}

/**
 * Declares a step written in TypeScript. `run` is bundled on its own and runs in a child process: it can use what its
 * module imports, and nothing that exists only while the pipeline is declared.
 */
export function task<In, Read, Out, Made extends Literal>(
  name: string,
  options: TaskOptions<In, Read, Out, Made>,
): Task<In, Out> {
  const { input, output, run, ...policy } = options
  // `Carrier` is a schema wherever the call compiles, and the schema parses the input before `run` gets it.
  const code = { input, output, run } as TaskCode
  const unit = { kind: 'task', name, policy, code } as const
  const call = (given: Input<In>, as?: StepOptions): Step<Out> => callOf(unit, given, as)
  return Object.defineProperty(Object.assign(call, code), 'name', { value: name })
}

/**
 * Any value, said so that the compiler keeps `'x'` in what `run` returns from widening to string: a type that names
 * literals asks for them.
 */
type Literal =
  | ''
  | (string & {})
  | 0
  | (number & {})
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | object
  | readonly Literal[]
  | { readonly [key: string]: Literal }
