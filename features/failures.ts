import type { DuckDBConnection } from '@duckdb/node-api'
import type { Dataset, RowFailure } from '../data/dataset.ts'
import { quoteText } from '../data/duckdb.ts'
import type { FeaturesSpec } from '../dsl/lifecycle/nodes.ts'
import type { Rows } from './example-rows.ts'
import type { PastFaults } from './past-tables.ts'
import { PART, ROW } from './source-view.ts'
import { tableColumns, type TableColumn } from './table-file.ts'

export interface Failures {
  readonly failures: readonly RowFailure[]
  readonly count: number
}

const MOST = 100

type Datasets = Readonly<Record<string, Dataset>>

/** Which rows have a feature or label that is null, or no number that its type holds. */
export async function featureFailures(
  connection: DuckDBConnection,
  { rows, spec, datasets }: { readonly rows: Rows; readonly spec: FeaturesSpec; readonly datasets: Datasets },
): Promise<Failures> {
  const { relation, columns } = tableColumns(rows, spec)
  await connection.run(
    `CREATE TEMP TABLE failures AS ${columns.map((column, index) => failedSql(column, { index, relation })).join(' UNION ALL ')}`,
  )
  const listed = await connection.runAndReadAll(
    `SELECT ${PART}, CAST(${ROW} AS DOUBLE), place, got, CAST(count(*) OVER () AS DOUBLE) FROM failures ORDER BY t, ${PART}, ${ROW}, place LIMIT ${MOST}`,
  )
  const found = listed.getRows()
  return {
    count: Number(found[0]?.[4] ?? 0),
    failures: found.map(([part, row, place, got]) => {
      const column = columns[Number(place)]
      return {
        part: partName(String(part), datasets[spec.from]),
        row: Number(row),
        column: column?.name ?? null,
        expected: column === undefined ? 'a value' : expectedOf(column),
        got: String(got),
      }
    }),
  }
}

/** No value of a column is shown: it may be a person's. */
function failedSql(
  { sql, value, type }: TableColumn,
  { index, relation }: { readonly index: number; readonly relation: string },
): string {
  const kind =
    type === 'number'
      ? `CASE WHEN ${value} IS NULL THEN 'null' WHEN isnan(${value}) THEN 'NaN' WHEN isinf(${value}) THEN 'infinity' ELSE 'a number beyond float32' END`
      : quoteText('null')
  return `SELECT t, ${PART}, ${ROW}, ${index} AS place, ${kind} AS got FROM ${relation} WHERE (${sql}) IS NULL`
}

function expectedOf({ name, type }: TableColumn): string {
  if (name === '$label') return type === 'number' ? 'a finite number' : `a ${type}`
  return type === 'number' ? 'a finite float32' : `a ${type}`
}

/** Which rows of the past have a number without the decimals that its column declares, or one too large to sum exactly. */
export async function pastFailures(
  connection: DuckDBConnection,
  { source, relation, count }: PastFaults,
  datasets: Datasets,
): Promise<Failures> {
  const listed = await connection.runAndReadAll(
    `SELECT ${PART}, CAST(${ROW} AS DOUBLE) FROM ${relation} ORDER BY ${PART}, ${ROW} LIMIT ${MOST}`,
  )
  return {
    count,
    failures: listed.getRows().map(([part, row]) => ({
      part: partName(String(part), datasets[source.contract.name]),
      row: Number(row),
      column: null,
      expected: 'numbers with the declared decimals, small enough for exact sums',
      got: 'another number',
    })),
  }
}

function partName(part: string, dataset: Dataset | undefined): string {
  return dataset?.parts.find(({ origin }) => origin.digest.startsWith(part))?.origin.name ?? part
}
