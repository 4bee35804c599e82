import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { Json, JsonSchema } from '../dsl/plan.ts'
import { isSchema, subschemas } from './row-schema-parts.ts'

/** What Ajv says of one column's value. */
export interface ColumnJudge {
  readonly accepts: (value: Json) => boolean
  /** What was expected of a value that is not accepted, one sentence a fault. */
  readonly faults: (value: Json) => readonly string[]
}

/** A judge for each property of a row's schema. The columns of a row do not depend on each other. */
export function columnJudges(schema: JsonSchema): ReadonlyMap<string, ColumnJudge> {
  const ajv = rowAjv(schema)
  return new Map(Object.entries(propertiesOf(schema)).map(([name, property]) => [name, judge(ajv, property)]))
}

export function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const { properties } = schema
  // A contract's schema is that of a strict zod object: `dsl/row-schema.ts`.
  return (properties ?? {}) as Readonly<Record<string, JsonSchema>>
}

/** Draft 2020-12, strict, with formats. Zod's own formats stand beside a pattern that says the same, and are let through. */
export function rowAjv(schema: JsonSchema): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true })
  addFormats.default(ajv)
  for (const part of subschemas(schema)) {
    const { format } = part
    if (typeof format !== 'string' || ajv.formats[format] !== undefined) continue
    if (part['pattern'] === undefined && part['allOf'] === undefined) {
      throw new TypeError(`schema: expected a format that Ajv knows, got "${format}"; write a regex`)
    }
    ajv.addFormat(format, true)
  }
  return ajv
}

function judge(ajv: Ajv2020, property: JsonSchema): ColumnJudge {
  const accepts = ajv.compile(property)
  const present = ajv.compile(withoutNull(property))
  return {
    accepts: (value) => accepts(value),
    faults: (value) => (accepts(value) ? [] : value === null ? ['a value'] : faultsOf(present, value)),
  }
}

/** Of a nullable property the other branch: that a value is not null either is no fault worth telling. */
function withoutNull(property: JsonSchema): JsonSchema {
  const { anyOf } = property
  if (!Array.isArray(anyOf)) return property
  const others = anyOf.filter(isSchema).filter(({ type }) => type !== 'null')
  const [only] = others
  return others.length === 1 && only !== undefined ? only : property
}

function faultsOf(validate: ValidateFunction, value: Json): readonly string[] {
  if (validate(value)) return []
  return [...new Set((validate.errors ?? []).map(expectedOf))]
}

interface FaultParams {
  readonly limit: number
  readonly comparison: string
  readonly type: string | readonly string[]
  readonly allowedValues: readonly Json[]
  readonly pattern: string
  readonly format: string
  readonly multipleOf: number
}

function expectedOf({ keyword, params, message }: ErrorObject): string {
  // Ajv types the parameters of an error by no more than `any`.
  const { limit, comparison, type, allowedValues, pattern, format, multipleOf } = params as FaultParams
  switch (keyword) {
    case 'type':
      return [type].flat().join(' or ')
    case 'enum':
      return `one of ${JSON.stringify(allowedValues).slice(1, -1)}`
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `${comparison} ${limit}`
    case 'multipleOf':
      return `a multiple of ${multipleOf}`
    case 'minLength':
      return `at least ${limit} characters`
    case 'maxLength':
      return `at most ${limit} characters`
    case 'pattern':
      return `text that matches ${pattern}`
    case 'format':
      return `text of format ${format}`
    default:
      return message ?? keyword
  }
}
