import { numberSql } from './sql-literals.ts'

/** Up to here a double holds every integer, and 10^22 is the last power of ten that it holds: then one division is exact enough. */
const LIMIT = 2n ** 53n

/** The double nearest to `units` × 10^-`scale`, rounded once. */
export function exactToDouble(units: bigint | number, scale: number): number {
  return -LIMIT <= units && units <= LIMIT ? Number(units) / 10 ** scale : Number(`${units}e-${scale}`)
}

/** The same over a HUGEINT, whose own cast to DOUBLE rounds twice. */
export function exactToDoubleSql(units: string, scale: number): string {
  const small = `CAST(CAST(${units} AS BIGINT) AS DOUBLE) / ${numberSql(10 ** scale)}`
  const large = `CAST(CAST(${units} AS VARCHAR) || 'e-${scale}' AS DOUBLE)`
  return `CASE WHEN ${units} BETWEEN -${LIMIT} AND ${LIMIT} THEN ${small} ELSE ${large} END`
}
