import type { ColumnType } from '../dsl/columns.ts'

/** Which DuckDB types of a Parquet column a contract's type holds without loss, and what to do about the others. */
export function lossless(type: ColumnType): { readonly accepted: RegExp; readonly remedy: string } {
  switch (type.kind) {
    case 'string':
    case 'enum':
      return { accepted: /^VARCHAR$/, remedy: '' }
    case 'boolean':
      return { accepted: /^BOOLEAN$/, remedy: '' }
    case 'number':
      return {
        accepted: /^(DOUBLE|FLOAT|U?TINYINT|U?SMALLINT|U?INTEGER)$/,
        remedy: '; declare integers z.int() or int64()',
      }
    case 'integer':
    case 'int64':
      return { accepted: /^(BIGINT|U?TINYINT|U?SMALLINT|U?INTEGER)$/, remedy: '' }
    case 'decimal':
      return { accepted: decimals(type), remedy: '' }
    case 'instant':
      return {
        accepted: /^TIMESTAMP(_S|_MS| WITH TIME ZONE)?$/,
        remedy: '; write instants with microseconds',
      }
  }
}

/** Each DECIMAL with no more digits before and after the point, and the integers that fit before it. */
function decimals({ precision, scale }: { readonly precision: number; readonly scale: number }): RegExp {
  const whole = precision - scale
  const integers = [...INTEGER_DIGITS].filter(([, digits]) => digits <= whole).map(([name]) => name)
  const fitting = Array.from({ length: scale + 1 }, (_, s) =>
    Array.from({ length: whole + 1 }, (_unused, w) => `DECIMAL\\(${w + s},${s}\\)`),
  )
  return new RegExp(`^(${[...integers, ...fitting.flat()].join('|')})$`)
}

const INTEGER_DIGITS = new Map([
  ['TINYINT', 3],
  ['UTINYINT', 3],
  ['SMALLINT', 5],
  ['USMALLINT', 5],
  ['INTEGER', 10],
  ['UINTEGER', 10],
  ['BIGINT', 19],
])
