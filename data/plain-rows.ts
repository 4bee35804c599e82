import type { DuckDBConnection } from '@duckdb/node-api'

export type Plain = string | number | boolean | null

/** A query's rows. Counts arrive as numbers; whatever may exceed 2^53 is cast to text by the query. */
export async function plainRows(connection: DuckDBConnection, query: string): Promise<readonly (readonly Plain[])[]> {
  const found = await connection.runAndReadAll(query)
  return found.getRowsJS().map((row) => row.map(plain))
}

/** The one value of a query. */
export async function plainValue(connection: DuckDBConnection, query: string): Promise<Plain> {
  const [row] = await plainRows(connection, query)
  return row?.[0] ?? null
}

export function plain(value: unknown): Plain {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value
    case 'bigint':
      return Number(value)
    default:
      if (value === null) return value
      throw new TypeError(`query: expected text, numbers and booleans, got ${typeof value}; cast it`)
  }
}
