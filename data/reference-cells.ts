import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteName, quoteText } from './duckdb.ts'
import type { FeatureColumn } from './feature-table.ts'
import type { Cells } from './training-reference.ts'

const BINS = 10
/** Of equal share, so that a distance of distributions is found to within one of them. */
const GRID = 256
const MOST_VALUES = 50

/** By the view `training`. */
export async function cellsOf(connection: DuckDBConnection, { name, type }: FeatureColumn): Promise<Cells> {
  const column = quoteName(name)
  switch (type) {
    case 'boolean':
      return { type }
    case 'string': {
      const found = await connection.runAndReadAll(
        `select ${column} from training group by 1 order by count(*) desc, 1 limit ${MOST_VALUES}`,
      )
      return { type, values: found.getRows().map(([value]) => String(value)) }
    }
    case 'number': {
      const [deciles, grid] = await Promise.all([edgesOf(connection, column, BINS), edgesOf(connection, column, GRID)])
      const edges = [...new Set([...deciles, ...grid])].toSorted((one, other) => one - other)
      const bins = [...edges, Number.POSITIVE_INFINITY].map((edge) => deciles.filter((decile) => decile < edge).length)
      return { type, edges, bins }
    }
  }
}

/** Each edge once, so that ties share a bin. */
async function edgesOf(connection: DuckDBConnection, column: string, parts: number): Promise<readonly number[]> {
  const shares = Array.from({ length: parts - 1 }, (_, index) => (index + 1) / parts)
  const found = await connection.runAndReadAll(
    `select unnest(list_sort(list_distinct(quantile_disc(${column}::double, [${shares.join(', ')}])))) from training`,
  )
  return found.getRows().map(([edge]) => Number(edge))
}

/** Of the view `numbered`, the oldest unit first; one without rows is empty. */
export async function countsByUnit(
  connection: DuckDBConnection,
  name: string,
  cells: Cells,
): Promise<readonly (readonly number[])[]> {
  const found = await connection.runAndReadAll(
    `select "$unit"::integer, cell::integer, count(*)::double
    from (select "$unit", ${cellSql(quoteName(name), cells)} as cell from numbered) group by all`,
  )
  const rows = found.getRows().map((row) => row.map(Number) as [number, number, number])
  const oldest = rows.reduce((most, [unit]) => Math.max(most, unit), -1)
  const units = Array.from({ length: oldest + 1 }, () => Array.from({ length: cellCount(cells) }, () => 0))
  for (const [unit, cell, count] of rows) {
    const counts = units[oldest - unit]
    if (counts !== undefined) counts[cell] = count
  }
  return units
}

export function cellCount(cells: Cells): number {
  if (cells.type === 'boolean') return 2
  return (cells.type === 'number' ? cells.edges.length : cells.values.length) + 1
}

/** As `cellOf` of a sample has it. */
function cellSql(column: string, cells: Cells): string {
  switch (cells.type) {
    case 'boolean':
      return `${column}::integer`
    case 'string':
      return `coalesce(list_position([${cells.values.map(quoteText).join(', ')}]::varchar[], ${column}), ${cells.values.length + 1}) - 1`
    case 'number':
      return numberSql(`${column}::double`, cells.edges, 0)
  }
}

/** A search by halves: comparing with each of 256 edges would take thirty times as long. */
function numberSql(column: string, edges: readonly number[], first: number): string {
  if (edges.length === 0) return String(first)
  const middle = Math.floor(edges.length / 2)
  const [below, above] = [edges.slice(0, middle), edges.slice(middle + 1)]
  // A number as text is read exactly; as a literal it would be a decimal first.
  return `case when ${column} <= '${edges[middle]}'::double then ${numberSql(column, below, first)} else ${numberSql(column, above, first + middle + 1)} end`
}
