import type { Literal } from '../dsl/ast.ts'
import { quoteText } from '../data/duckdb.ts'
import { microsOf } from './instant.ts'

/** A double, every bit of it; a plain `0.1` would be a DECIMAL. */
export function numberSql(value: number): string {
  return `CAST('${Object.is(value, -0) ? '-0' : String(value)}' AS DOUBLE)`
}

/** An integer of up to 128 bits. */
export function integerSql(value: bigint): string {
  return `CAST('${value}' AS HUGEINT)`
}

export function literalSql({ type, value }: Literal): string {
  switch (type) {
    case 'number':
      return numberSql(Number(value))
    case 'boolean':
      return value === true ? 'true' : 'false'
    case 'string':
      return quoteText(String(value))
    case 'int64':
      return integerSql(BigInt(value))
    case 'decimal':
      return `CAST(${quoteText(String(value))} AS DECIMAL(38, ${decimalsOf(String(value))}))`
    case 'instant':
      return `CAST('${microsOf(String(value))}' AS BIGINT)`
  }
}

function decimalsOf(text: string): number {
  return text.split('.')[1]?.length ?? 0
}
