import type { z } from 'zod'
import { bind, type Bound } from './bound.ts'
import { type ItemOrigin, type Ref, reference, type RefOf } from './reference.ts'
import type { StepPolicy } from './step-policy.ts'

/** One node of a pipeline to be. `Out` is what it makes. */
export interface Step<Out> extends AnyStep<Out> {
  /** What the step will have made: pass it, or a field of it, into another step. */
  readonly output: RefOf<Out>
}

/** Any step that makes an `Out` or more. The fields of its output cannot be named. */
export interface AnyStep<out Out> {
  /** What `check` and `compile` read. */
  readonly declaration: StepDeclaration
  /** What the step will have made. */
  readonly output: Ref<Out>
}

/** How a step is named. */
export interface StepOptions {
  /** The node's name in plans, results and the Temporal UI. Default: the name of what it runs. */
  readonly id?: string
}

export type StepDeclaration = CodeDeclaration | EachDeclaration | BestDeclaration
export type CodeDeclaration = TaskDeclaration | PythonDeclaration

interface Declared<Kind extends string> {
  readonly kind: Kind
  /** The id given, else the name of what it runs. */
  readonly name: string
  /** Whether the author gave the id. */
  readonly named: boolean
}

export interface TaskDeclaration extends Declared<'task'> {
  readonly unit: TaskUnit
  readonly input: Bound
}

export interface PythonDeclaration extends Declared<'python'> {
  readonly unit: ScriptUnit
  readonly input: Bound
}

export interface EachDeclaration extends Declared<'each'> {
  readonly over: Bound
  readonly item: ItemOrigin
  readonly step: CodeDeclaration
}

export interface BestDeclaration extends Declared<'best'> {
  readonly candidates: Bound
  /** How many candidates are listed; undefined where a list made by a step holds them. */
  readonly count: number | undefined
  readonly by: string
  readonly prefer: 'higher' | 'lower'
}

/** Code that the CLI bundles: a module whose default export is `code`. */
export interface TaskUnit {
  readonly kind: 'task'
  readonly name: string
  readonly policy: StepPolicy
  readonly code: TaskCode
}

/** A script that the CLI packs with its folder. */
export interface ScriptUnit {
  readonly kind: 'python'
  readonly name: string
  readonly policy: StepPolicy
  /** Path relative to the pipeline's file. */
  readonly script: string
  readonly input: z.ZodType
  readonly output: z.ZodType
}

/** What a task's bundle exports: `run` gets what `input` parsed, and `output` parses what it returns. */
export interface TaskCode {
  readonly input: z.ZodType
  readonly output: z.ZodType
  run(this: void, input: unknown, context: TaskContext): unknown
}

/** What a run hands to a task besides its input. The current folder is the task's own, and goes with it. */
export interface TaskContext {
  /** Aborts when the run is cancelled or the attempt is out of time. */
  readonly signal: AbortSignal
  /** Integer from 0 to 2^32 - 1, the same for the same task and input in every attempt. */
  readonly seed: number
  /** Writes one line of JSON to the run's log. */
  log(fields: Readonly<Record<string, unknown>>): void
}

/** @internal */
export function stepOf<Out>(declaration: StepDeclaration): Step<Out> {
  return { declaration, output: reference<Out>({ from: 'output', step: declaration }) }
}

/** @internal The step that a task or a script becomes when it is called. Throws `not-json`. */
export function callOf<Out>(unit: TaskUnit | ScriptUnit, given: unknown, { id }: StepOptions = {}): Step<Out> {
  const name = id ?? unit.name
  const called = { name, named: id !== undefined, input: bind(given, `step "${name}": input`) }
  return stepOf(unit.kind === 'task' ? { kind: unit.kind, unit, ...called } : { kind: unit.kind, unit, ...called })
}
