import type { ValueType } from './read-contract.ts'
import { MOST_UNITS, type Exact } from './exact.ts'
import type { Cell, Sheet } from './sheet.ts'
import { integerSql, numberSql } from './sql-literals.ts'

/** The units (HUGEINT) of an exact expression, and conditions that hold for the rows that have none. */
export interface ExactCells {
  readonly units: Cell
  readonly faults: readonly string[]
}

/** Not a type of expressions: HUGEINT. */
const UNITS: ValueType = { kind: 'int64' }

export function exactCells(exact: Exact, on: Sheet): ExactCells {
  const faults: string[] = []

  function of(node: Exact): Cell {
    switch (node.op) {
      case 'constant':
        return { sql: integerSql(node.units), type: UNITS, layer: 0 }
      case 'unit':
        return node.from === 'number' ? ofDouble(on.cell(node.ast), node.scale) : ofDigits(on.cell(node.ast), node.from)
      case 'whole':
        return ofDouble(on.cell(node.ast), 0)
      case 'shift':
        return checked(`${of(node.of).sql} * ${integerSql(node.by)}`, [of(node.of)])
      case 'abs':
        return checked(`abs(${of(node.of).sql})`, [of(node.of)])
      case 'when': {
        const over = [on.cell(node.condition), of(node.yes), of(node.no)] as const
        const [condition, yes, no] = over
        return on.add(`CASE WHEN ${condition.sql} THEN ${yes.sql} ELSE ${no.sql} END`, { type: UNITS, over })
      }
      default:
        return ofPair(node.op, of(node.left), of(node.right))
    }
  }

  function ofPair(op: 'plus' | 'minus' | 'times' | 'least' | 'greatest' | 'coalesce', left: Cell, right: Cell): Cell {
    const [a, b] = [left.sql, right.sql]
    const over = [left, right]
    switch (op) {
      case 'plus':
        return checked(`${a} + ${b}`, over)
      case 'minus':
        return checked(`${a} - ${b}`, over)
      case 'times':
        return checked(`${a} * ${b}`, over)
      case 'least':
        return on.add(`CASE WHEN ${a} <= ${b} THEN ${a} WHEN ${a} > ${b} THEN ${b} END`, { type: UNITS, over })
      case 'greatest':
        return on.add(`CASE WHEN ${a} >= ${b} THEN ${a} WHEN ${a} < ${b} THEN ${b} END`, { type: UNITS, over })
      case 'coalesce':
        return on.add(`coalesce(${a}, ${b})`, { type: UNITS, over })
    }
  }

  /** 128 bits may overflow: a fault of the row. */
  function checked(sql: string, over: readonly Cell[]): Cell {
    const cell = on.add(`TRY(${sql})`, { type: UNITS, over })
    faults.push(`(${cell.sql} IS NULL AND ${over.map((arg) => `${arg.sql} IS NOT NULL`).join(' AND ')})`)
    return cell
  }

  /** An integer over a power of ten is the double nearest to that decimal, so the way back tells whether it was one. */
  function ofDouble(double: Cell, scale: number): Cell {
    const power = numberSql(10 ** scale)
    const rounded = on.add(`round(${double.sql} * ${power})`, { type: { kind: 'number' }, over: [double] })
    const fits = `abs(${rounded.sql}) <= ${numberSql(Number(MOST_UNITS))} AND ${rounded.sql} / ${power} = ${double.sql}`
    const units = `CASE WHEN ${fits} THEN CAST(${rounded.sql} AS HUGEINT) END`
    const cell = on.add(units, { type: UNITS, over: [double, rounded] })
    faults.push(`(${cell.sql} IS NULL AND ${double.sql} IS NOT NULL)`)
    return cell
  }

  function ofDigits(value: Cell, from: 'int64' | 'decimal'): Cell {
    const digits = from === 'int64' ? value.sql : `replace(CAST(${value.sql} AS VARCHAR), '.', '')`
    return on.add(`CAST(${digits} AS HUGEINT)`, { type: UNITS, over: [value] })
  }

  return { units: of(exact), faults: [...new Set(faults)] }
}
