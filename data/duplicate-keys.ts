import type { DuckDBConnection } from '@duckdb/node-api'
import type { Pii } from '../dsl/column-meta.ts'
import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import type { DatasetPart, RowFailure } from './dataset.ts'
import { quoteName } from './duckdb.ts'
import { jsonValue } from './json-value.ts'
import { plainRows, plainValue } from './plain-rows.ts'
import { cut, shown } from './shown.ts'

const MOST_SHOWN = 20

/** Rows whose key an earlier row has: how many, and the first ones. */
export async function duplicateKeys(
  connection: DuckDBConnection,
  {
    from,
    predicate,
    key,
    parts,
    pii,
  }: {
    readonly from: string
    readonly predicate: string
    readonly key: readonly StoredColumn[]
    readonly parts: readonly DatasetPart[]
    readonly pii: ReadonlyMap<string, Pii | null>
  },
): Promise<{ readonly rows: number; readonly failures: readonly RowFailure[] }> {
  const names = key.map(({ name }) => quoteName(name)).join(', ')
  const groups = `SELECT count(*) AS n FROM ${from} WHERE ${predicate} GROUP BY ${names} HAVING n > 1`
  const rows = Number(await plainValue(connection, `SELECT coalesce(sum(n - 1), 0)::DOUBLE FROM (${groups})`))
  if (rows === 0) return { rows, failures: [] }
  const found = await plainRows(
    connection,
    `SELECT file_index, "$row", ${key.map(jsonValue).join(', ')} FROM ${from} WHERE ${predicate}
     QUALIFY row_number() OVER (PARTITION BY ${names} ORDER BY file_index, "$row") > 1
     ORDER BY file_index, "$row" LIMIT ${MOST_SHOWN}`,
  )
  const failures = found.map(([part, row, ...values]) => ({
    part: parts[Number(part)]?.origin.name ?? '',
    row: Number(row),
    column: key.map(({ name }) => name).join(', '),
    expected: 'a key that no earlier row has',
    got: cut(key.map(({ name }, index) => shown(values[index], pii.get(name) ?? null)).join(', ')),
  }))
  return { rows, failures }
}
