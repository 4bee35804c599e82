import { pathToFileURL } from 'node:url'
import type { Json } from '../../dsl/plan.ts'
import { asJson, NotJson } from './json-output.ts'
import type { ChildFault, LoadedUnit } from './protocol.ts'
import { describeIssues, type SchemaIssue } from './schema-faults.ts'
import { userStack, withoutPaths } from './user-stack.ts'

export type NodeUnit = Extract<LoadedUnit, { readonly language: 'typescript' }>

/** What a bundle's default export has to be. Its schemas are of the zod that it brought along. */
export interface Code {
  readonly input: Schema
  readonly output: Schema
  run(input: unknown, context: object): unknown
}

interface Schema {
  safeParseAsync(value: unknown): Promise<Parsed>
}

type Parsed =
  | { readonly success: true; readonly data: unknown }
  | { readonly success: false; readonly error: { readonly issues: readonly SchemaIssue[] } }

/** A fault that is put in words already. */
export class Refused extends Error {
  readonly fault: ChildFault

  constructor(fault: ChildFault) {
    super(fault.text)
    this.fault = fault
  }
}

export async function loadCode({ file }: NodeUnit): Promise<Code> {
  // The one thing known of a module is that its exports are an object.
  const { default: code } = (await import(pathToFileURL(file).href)) as { readonly default?: unknown }
  if (isCode(code)) return code
  const text = ': expected a default export { input, output, run }, got something else'
  throw new Refused({ code: 'task-not-loadable', text })
}

/** Throws `Refused` for what the schemas refuse, and whatever the user's code throws. */
export async function runCode(code: Code, input: Json, context: object): Promise<Json> {
  const given = await parse(code.input, input, { subject: 'input', fault: 'task-input-invalid' })
  const made = await code.run(given, context)
  const output = await parse(code.output, made, { subject: 'output', fault: 'task-output-invalid' })
  try {
    return asJson(output, 'output')
  } catch (error) {
    if (!(error instanceof NotJson)) throw error
    throw new Refused({ code: 'task-output-not-json', text: ` ${error.message}` })
  }
}

/** What user code threw, without paths of this machine. */
export function thrownFault(error: unknown, { unit, workFolder }: { unit: NodeUnit; workFolder: string }): ChildFault {
  const isError = error instanceof Error
  const what = isError ? `${error.name}: ${error.message}` : String(error)
  const stack = isError ? userStack(error.stack, unit) : undefined
  const text = ` threw ${withoutPaths(what, workFolder)}`
  return { code: 'task-threw', text, ...(stack === undefined ? {} : { stack }) }
}

async function parse(
  schema: Schema,
  value: unknown,
  { subject, fault }: { subject: string; fault: ChildFault['code'] },
): Promise<unknown> {
  const parsed = await schema.safeParseAsync(value)
  if (parsed.success) return parsed.data
  throw new Refused({ code: fault, text: ` ${describeIssues(parsed.error.issues, value, subject)}` })
}

function isCode(value: unknown): value is Code {
  return hasFields(value) && isSchema(value['input']) && isSchema(value['output']) && typeof value['run'] === 'function'
}

function isSchema(value: unknown): boolean {
  return hasFields(value) && typeof value['safeParseAsync'] === 'function'
}

/** The task() of the DSL is a function with these fields; a plain object does too. */
function hasFields(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
