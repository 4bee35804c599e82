import type { DuckDBConnection } from '@duckdb/node-api'
import type { Pii } from '../dsl/column-meta.ts'
import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import type { DatasetPart, RowFailure } from './dataset.ts'
import { quoteName, quoteText } from './duckdb.ts'
import { jsonValue } from './json-value.ts'
import { plainRows, type Plain } from './plain-rows.ts'
import type { ColumnJudge } from './row-judge.ts'
import { shown } from './shown.ts'
import { storedLimit } from './stored-limit.ts'

const MOST_EXPLAINED = 1_000

/** Why the first 1,000 rows that break their contract do, one failure a fault. */
export async function explainRows(
  connection: DuckDBConnection,
  {
    from,
    predicate,
    columns,
    parts,
    judges,
    pii,
    unknown,
  }: {
    readonly from: string
    readonly predicate: string
    readonly columns: readonly StoredColumn[]
    readonly parts: readonly DatasetPart[]
    readonly judges: ReadonlyMap<string, ColumnJudge>
    readonly pii: ReadonlyMap<string, Pii | null>
    /** As of `rowPredicate`. */
    readonly unknown: string | null
  },
): Promise<readonly RowFailure[]> {
  const cells = columns.flatMap((column) => [jsonValue(column), brokenLimit(column)])
  const found = await plainRows(
    connection,
    `SELECT file_index, "$row", ${unknown ?? 'false'}, ${cells.join(', ')} FROM ${from} WHERE NOT ${predicate}
     ORDER BY file_index, "$row" LIMIT ${MOST_EXPLAINED}`,
  )
  return found.flatMap(([part, row, isUnknown, ...values]) =>
    columns.flatMap(({ name, outcome }, index) => {
      if (outcome && isUnknown === true) return []
      const [value = null, limit = null] = values.slice(index * 2, index * 2 + 2)
      return faultsOf(value, { limit, judge: judges.get(name) }).map((expected) => ({
        part: parts[Number(part)]?.origin.name ?? '',
        row: Number(row),
        column: name,
        expected,
        got: shown(value, pii.get(name) ?? null),
      }))
    }),
  )
}

function faultsOf(
  value: Plain,
  { limit, judge }: { readonly limit: Plain; readonly judge: ColumnJudge | undefined },
): readonly string[] {
  return [...(judge?.faults(value) ?? []), ...(typeof limit === 'string' ? [limit] : [])]
}

/** SQL: what the type's own limit expected, where a value breaks it. */
function brokenLimit(column: StoredColumn): string {
  const limit = storedLimit(column)
  if (limit === undefined) return 'NULL'
  return `CASE WHEN ${quoteName(column.name)} IS NOT NULL AND NOT ${limit.kept} THEN ${quoteText(limit.expected)} END`
}
