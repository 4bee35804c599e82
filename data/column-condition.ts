import type { ColumnType } from '../dsl/columns.ts'
import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import type { Json, JsonSchema } from '../dsl/plan.ts'
import { quoteName, quoteText } from './duckdb.ts'
import { isSchema, listed } from './row-schema-parts.ts'
import { sqlPattern } from './sql-pattern.ts'

/** What SQL cannot decide. */
const UNDECIDED = undefined
type Condition = string | undefined

/**
 * SQL: whether a value that is not null keeps its column's schema; undefined where SQL cannot decide.
 * `annotations`: formats that Ajv lets through.
 */
export function columnCondition(
  { name, type }: StoredColumn,
  { schema, annotations }: { readonly schema: JsonSchema; readonly annotations: ReadonlySet<string> },
): Condition {
  const value = quoteName(name)
  const of = (part: JsonSchema): Condition =>
    all(Object.entries(part).map(([keyword, argument]) => keywordCondition(keyword, argument)))

  function keywordCondition(keyword: string, argument: Json): Condition {
    switch (keyword) {
      case 'type':
        return any([argument].flat().map((jsonType) => typeCondition(type, { value, jsonType })))
      case 'anyOf':
        return any(listed(argument).map((part) => (isSchema(part) ? of(part) : UNDECIDED)))
      case 'allOf':
        return all(listed(argument).map((part) => (isSchema(part) ? of(part) : UNDECIDED)))
      case 'format':
        if (typeof argument === 'string' && annotations.has(argument)) return 'true'
        return formatCondition(type, { value, argument })
      case 'contentEncoding':
        return 'true'
      default:
        return isNumeric(type)
          ? numberCondition(keyword, { value, argument })
          : textCondition(type, { keyword, value, argument })
    }
  }
  return of(schema)
}

function isNumeric({ kind }: ColumnType): boolean {
  return kind === 'number' || kind === 'integer'
}

/** What JSON calls the column's values. */
function typeCondition(
  type: ColumnType,
  { value, jsonType }: { readonly value: string; readonly jsonType: Json },
): Condition {
  if (type.kind === 'boolean') return String(jsonType === 'boolean')
  if (!isNumeric(type)) return String(jsonType === 'string')
  const finite = `isfinite(${value}::DOUBLE)`
  if (jsonType === 'number') return finite
  return jsonType === 'integer' ? `(${finite} AND ${value} = trunc(${value}))` : 'false'
}

/** As doubles on both sides: what JavaScript compares. */
function numberCondition(
  keyword: string,
  { value, argument }: { readonly value: string; readonly argument: Json },
): Condition {
  if (typeof argument !== 'number') return UNDECIDED
  const [number, bound] = [`${value}::DOUBLE`, `${quoteText(String(argument))}::DOUBLE`]
  switch (keyword) {
    case 'minimum':
      return `${number} >= ${bound}`
    case 'maximum':
      return `${number} <= ${bound}`
    case 'exclusiveMinimum':
      return `${number} > ${bound}`
    case 'exclusiveMaximum':
      return `${number} < ${bound}`
    case 'multipleOf':
      // Ajv compares the quotient with its own parseInt, which reads "1e+21" as 1.
      return `(${number} / ${bound} = trunc(${number} / ${bound}) AND abs(${number} / ${bound}) < 1e21)`
    default:
      return UNDECIDED
  }
}

function textCondition(
  type: ColumnType,
  { keyword, value, argument }: { readonly keyword: string; readonly value: string; readonly argument: Json },
): Condition {
  if (keyword === 'pattern' && argument === patternOf(type)) return 'true'
  if (type.kind !== 'string' && type.kind !== 'enum') return UNDECIDED
  switch (keyword) {
    case 'enum':
      return textsCondition(value, listed(argument))
    case 'const':
      return textsCondition(value, [argument])
    // Both count code points.
    case 'minLength':
      return typeof argument === 'number' ? `length(${value}) >= ${argument}` : UNDECIDED
    case 'maxLength':
      return typeof argument === 'number' ? `length(${value}) <= ${argument}` : UNDECIDED
    case 'pattern': {
      const pattern = typeof argument === 'string' ? sqlPattern(argument) : UNDECIDED
      return pattern === undefined ? UNDECIDED : `regexp_matches(${value}, ${quoteText(pattern)})`
    }
    default:
      return UNDECIDED
  }
}

/** The pattern that any value of the type keeps, since its text is written from the stored number. */
function patternOf(type: ColumnType): string | undefined {
  if (type.kind === 'decimal') return type.pattern
  return type.kind === 'int64' ? '^-?(0|[1-9]\\d{0,18})$' : undefined
}

function textsCondition(value: string, texts: readonly Json[]): Condition {
  if (texts.length === 0 || !texts.every((text) => typeof text === 'string' || text === null)) return UNDECIDED
  const literals = texts.filter((text) => typeof text === 'string').map(quoteText)
  return literals.length === 0 ? 'false' : `${value} IN (${literals.join(', ')})`
}

/** Years of four digits are all that ISO text can say. */
function formatCondition(
  type: ColumnType,
  { value, argument }: { readonly value: string; readonly argument: Json },
): Condition {
  if (isNumeric(type) || type.kind === 'boolean') return 'true'
  if (type.kind !== 'instant' || argument !== 'date-time') return UNDECIDED
  return `${value} BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999'`
}

function all(conditions: readonly Condition[]): Condition {
  const decided = conditions.filter((condition) => condition !== undefined)
  if (decided.length < conditions.length) return UNDECIDED
  const telling = decided.filter((condition) => condition !== 'true')
  return telling.length === 0 ? 'true' : `(${telling.join(' AND ')})`
}

function any(conditions: readonly Condition[]): Condition {
  const decided = conditions.filter((condition) => condition !== undefined)
  if (decided.includes('true')) return 'true'
  return decided.length < conditions.length ? UNDECIDED : `(${decided.join(' OR ')})`
}
