import type { AggregateAst } from '../dsl/ast.ts'
import { exactToDouble, exactToDoubleSql } from './exact-double.ts'
import { numberSql } from './sql-literals.ts'

export type Additive = Exclude<AggregateAst['op'], 'min' | 'max'>

/** What a window's rows come to, exactly: the difference of two cumulative look-ups. */
export interface Totals<Sum extends bigint | number = bigint | number> {
  /** Rows that count: all of them, or those whose expression is not null. */
  readonly rows: number
  /** Rows for which the condition holds. */
  readonly held: number
  /** Sum of units, and of their squares. A number is a whole one that a double holds. */
  readonly sum: Sum
  readonly squares: Sum
}

/** The only arithmetic on doubles; `summarySql` does the same in the same order. */
export function summary(op: Additive, { rows, held, sum, squares }: Totals, scale: number): number | null {
  if (op === 'count') return rows
  if (rows === 0) return null
  switch (op) {
    case 'share':
      return held / rows
    case 'sum':
      return exactToDouble(sum, scale)
    case 'mean':
      return exactToDouble(sum, scale) / rows
    case 'stddev':
      if (rows < 2) return null
      return (
        Math.sqrt(exactToDouble(BigInt(rows) * BigInt(squares) - BigInt(sum) ** 2n, 0) / (rows * (rows - 1))) /
        10 ** scale
      )
  }
}

/** The same over columns. */
export function summarySql(
  op: Additive,
  { rows, held, sum, squares }: Readonly<Record<keyof Totals, string>>,
  scale: number,
): string {
  const n = `CAST(${rows} AS DOUBLE)`
  switch (op) {
    case 'count':
      return n
    case 'share':
      return `CASE WHEN ${rows} > 0 THEN CAST(${held} AS DOUBLE) / ${n} END`
    case 'sum':
      return `CASE WHEN ${rows} > 0 THEN ${exactToDoubleSql(sum, scale)} END`
    case 'mean':
      return `CASE WHEN ${rows} > 0 THEN ${exactToDoubleSql(sum, scale)} / ${n} END`
    case 'stddev': {
      // Exact below 2^23 rows of at most 2^40 units; an error of DuckDB, and no wrong number, where 128 bits do not do.
      const [count, total, square] = [rows, sum, squares].map((column) => `CAST(${column} AS HUGEINT)`)
      const variation = `(${count} * ${square} - ${total} * ${total})`
      const variance = `${exactToDoubleSql(variation, 0)} / (${n} * (${n} - CAST(1 AS DOUBLE)))`
      return `CASE WHEN ${rows} > 1 THEN sqrt(${variance}) / ${numberSql(10 ** scale)} END`
    }
  }
}
