import type { DuckDBConnection } from '@duckdb/node-api'
import type { Dataset } from '../data/dataset.ts'
import { quoteName, quotePath, shareOfHash } from '../data/duckdb.ts'
import type { ColumnType } from '../dsl/columns.ts'
import { FeaturesError } from './errors.ts'
import { columnNamed, valueTypeOf, type ReadColumn, type ReadContract, type ValueType } from './read-contract.ts'

/**
 * A contract's rows in SQL, under names of our own: an author's names reach SQL here, and as the names of the finished
 * table, and nowhere else. Numbers are DOUBLE, instants BIGINT microseconds.
 */
export interface SourceView {
  readonly contract: ReadContract
  readonly view: string
  readonly column: (name: string) => { readonly sql: string; readonly type: ValueType }
}

/** Each row's `$part` and `$row`; a contract's columns are `c0`, `c1`, … */
export const PART = 'part'
export const ROW = 'ordinal'

/** One for each contract. Throws `unknown-column` for one without a dataset. */
export async function sourceViews(
  connection: DuckDBConnection,
  {
    contracts,
    datasets,
  }: { readonly contracts: readonly ReadContract[]; readonly datasets: Readonly<Record<string, Dataset>> },
): Promise<readonly SourceView[]> {
  const views: SourceView[] = []
  for (const contract of contracts) {
    const dataset = datasets[contract.name]
    if (dataset === undefined)
      throw new FeaturesError('unknown-column', `contract "${contract.name}": expected a dataset, got none`)
    views.push(await sourceView(connection, { view: `source${views.length}`, contract, dataset }))
  }
  return views
}

export async function sourceView(
  connection: DuckDBConnection,
  { view, contract, dataset }: { readonly view: string; readonly contract: ReadContract; readonly dataset: Dataset },
): Promise<SourceView> {
  const columns = contract.columns.map(({ name, type }, index) => `${castSql(quoteName(name), type)} AS c${index}`)
  const place = [`CAST("$part" AS VARCHAR) AS ${PART}`, `CAST("$row" AS BIGINT) AS ${ROW}`]
  await connection.run(
    `CREATE TEMP VIEW ${view} AS SELECT ${[...place, ...columns].join(', ')} FROM ${partsSql(dataset, contract)}`,
  )
  return {
    contract,
    view,
    column: (name) => columnOf(contract.columns, name),
  }
}

function columnOf(columns: readonly ReadColumn[], name: string): { readonly sql: string; readonly type: ValueType } {
  const column = columnNamed(columns, name)
  return { sql: `c${columns.indexOf(column)}`, type: valueTypeOf(column.type) }
}

/** No file is an empty table. */
function partsSql({ parts }: Dataset, { columns }: ReadContract): string {
  if (parts.length > 0) return `read_parquet([${parts.map(({ file }) => quotePath(file.$file)).join(', ')}])`
  const names = ['$part', '$row', ...columns.map(({ name }) => name)]
  return `(SELECT ${names.map((name) => `NULL AS ${quoteName(name)}`).join(', ')} WHERE false)`
}

function castSql(name: string, type: ColumnType): string {
  switch (type.kind) {
    case 'instant':
      return `epoch_us(CAST(${name} AS TIMESTAMP))`
    case 'number':
    case 'integer':
      return `CAST(${name} AS DOUBLE)`
    case 'int64':
      return `CAST(${name} AS BIGINT)`
    case 'decimal':
      return `CAST(${name} AS DECIMAL(${type.precision}, ${type.scale}))`
    case 'boolean':
      return `CAST(${name} AS BOOLEAN)`
    case 'string':
    case 'enum':
      return `CAST(${name} AS VARCHAR)`
  }
}

/** A number in [0, 1). DuckDB's hash is another one in another version of it, which is part of the result's key. */
export function bucketSql(key: readonly string[] | 'row', column: SourceView['column']): string {
  const parts = key === 'row' ? [PART, ROW] : key.map((name) => column(name).sql)
  return shareOfHash(`hash(${parts.join(', ')})`)
}
