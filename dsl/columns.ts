import { z } from 'zod'
import type { ScalarType } from './ast.ts'
import { columnMeta, type ColumnMeta } from './column-meta.ts'
import { DslError } from './errors.ts'
import type { Decimal, Timestamp } from './expression.ts'

/** What a column can hold. `null` stands for a missing value. */
export type Scalar = string | number | boolean | bigint | Date | null
export type Shape = Readonly<Record<string, z.ZodType<Scalar>>>

/** A column of 64-bit signed integers: a bigint in TypeScript, a string of digits in JSON. Both bounds belong to the range. */
export function int64(
  bounds: {
    /** Default: -2^63. */
    readonly min?: bigint
    /** Default: 2^63 - 1. */
    readonly max?: bigint
  } = {},
): z.ZodType<bigint> {
  return z
    .int64()
    .min(bounds.min ?? -(2n ** 63n))
    .max(bounds.max ?? 2n ** 63n - 1n)
}

/**
 * A column of exact decimals with at most `precision` digits (1 to 38), `scale` of them after the point: text such as
 * `'12.50'`. Throws `DslError` with `column` where no such number can be.
 */
export function decimal(precision: number, scale: number): z.ZodType<Decimal> {
  const sane = Number.isInteger(precision) && Number.isInteger(scale) && 0 <= scale && scale <= precision
  if (!sane || precision < 1 || precision > 38) {
    throw new DslError(
      'column',
      `decimal: expected a precision of 1 to 38 and a scale up to it, got (${precision}, ${scale})`,
    )
  }
  return stringFormat<Decimal>(`decimal ${precision} ${scale}`, new RegExp(decimalPattern(precision, scale)))
}

/** A column of instants with microseconds, in UTC: text such as `'2001-04-01T00:00:00.000001Z'`. A `z.date()` has milliseconds. */
export function timestamp(): z.ZodType<Timestamp> {
  return stringFormat<Timestamp>('timestamp', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/)
}

/** Zod types its own formats as `string`; the pattern is what vouches for the narrower type. */
function stringFormat<T extends string>(format: string, pattern: RegExp): z.ZodType<T> {
  return z.stringFormat(format, pattern) as z.ZodType as z.ZodType<T>
}

export type ColumnType =
  | { readonly kind: 'string' | 'boolean' | 'number' | 'integer' }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: 'int64'; readonly min: string; readonly max: string }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number; readonly pattern: string }
  | { readonly kind: 'instant'; readonly unit: 'milliseconds' | 'microseconds' }

/** One column of a contract as plain JSON: its type, and what its author says about it. */
export interface ColumnSpec extends ColumnMeta {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
  /** Known only after the fact: may feed a label or the past, and no feature of its own row. */
  readonly outcome: boolean
}

/** @internal Throws `column` where the schema is none that a table can hold and SQL can check. */
export function columnSpec(place: string, name: string, schema: z.ZodType, outcome: boolean): ColumnSpec {
  const nullable = schema instanceof z.ZodNullable
  const inner = nullable ? (schema.unwrap() as z.ZodType) : schema
  const type = columnType(inner)
  const check = uncheckable(inner)
  if (type === undefined || check !== undefined) {
    const got = check ?? `a zod "${inner.def.type}"`
    throw new DslError('column', `${place}.${name}: expected a column type that SQL can check, got ${got}`)
  }
  const meta = { ...z.globalRegistry.get(inner), ...z.globalRegistry.get(schema) }
  return { name, type, nullable, outcome, ...columnMeta(`${place}.${name}`, meta) }
}

export function scalarType({ kind }: ColumnType): ScalarType {
  if (kind === 'integer') return 'number'
  return kind === 'enum' ? 'string' : kind
}

/** @internal */
export function columnType(schema: z.ZodType): ColumnType | undefined {
  if (schema instanceof z.ZodBoolean) return { kind: 'boolean' }
  if (schema instanceof z.ZodNumber) return { kind: schema.isInt ? 'integer' : 'number' }
  if (schema instanceof z.ZodDate) return { kind: 'instant', unit: 'milliseconds' }
  if (schema instanceof z.ZodBigIntFormat && schema.format === 'int64') {
    return { kind: 'int64', min: String(schema.minValue), max: String(schema.maxValue) }
  }
  if (schema instanceof z.ZodEnum) return enumType(schema.options)
  return schema instanceof z.ZodString || schema instanceof z.ZodStringFormat ? textType(schema.format) : undefined
}

function enumType(options: readonly (string | number)[]): ColumnType | undefined {
  const values = options.filter((option) => typeof option === 'string')
  return values.length === options.length ? { kind: 'enum', values } : undefined
}

function textType(format: string | null): ColumnType {
  const [name, ...sizes] = format?.split(' ') ?? []
  const [precision = 0, scale = 0] = sizes.map(Number)
  if (name === 'timestamp') return { kind: 'instant', unit: 'microseconds' }
  if (name === 'decimal') return { kind: 'decimal', precision, scale, pattern: decimalPattern(precision, scale) }
  return { kind: 'string' }
}

/** A check or conversion that neither JSON Schema nor SQL can carry: it would hold in TypeScript alone. */
function uncheckable({ def }: z.ZodType): string | undefined {
  if ('coerce' in def && def.coerce === true) return 'a coercion'
  for (const { _zod } of def.checks ?? []) {
    const kind = _zod.def.check
    if (kind === 'custom') return 'a refinement'
    if (kind === 'overwrite') return 'a conversion'
    if (def.type === 'date') return 'bounds on a date'
  }
  return undefined
}

function decimalPattern(precision: number, scale: number): string {
  const whole = precision > scale ? `(0|[1-9]\\d{0,${precision - scale - 1}})` : '0'
  return scale === 0 ? `^-?${whole}$` : `^-?${whole}(\\.\\d{1,${scale}})?$`
}
