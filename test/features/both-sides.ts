import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { onTestFinished } from 'vitest'
import type { Dataset } from '../../data/dataset.ts'
import { quoteName, quoteText, withDuckDb } from '../../data/duckdb.ts'
import type { Ast } from '../../dsl/ast.ts'
import type { ColumnType } from '../../dsl/columns.ts'
import type { FeatureSpec } from '../../dsl/features.ts'
import type { ContractSpec } from '../../dsl/plan.ts'
import { compileEvaluator, type FeatureValues, type Past, type Row } from '../../features/evaluate.ts'
import { toFloat32Sql } from '../../features/float32.ts'
import type { Value } from '../../features/operations.ts'
import { sheet } from '../../features/sheet.ts'
import { sourceView } from '../../features/source-view.ts'
import { registerTranscendental } from '../../features/transcendental.ts'
import { datasetOf } from './specs.ts'

/** An empty folder, the current one until the test ends. */
export async function workingFolder(): Promise<string> {
  const [before, folder] = [process.cwd(), await mkdtemp(join(tmpdir(), 'anneal-features-'))]
  process.chdir(folder)
  onTestFinished(async () => {
    process.chdir(before)
    await rm(folder, { recursive: true, force: true })
  })
  return folder
}

/** Writes the rows as one part of a dataset, `$row` being their place. */
export async function storedRows(contract: ContractSpec, rows: readonly Row[], name: string): Promise<Dataset> {
  await withDuckDb({ memoryMib: 500, threads: 1 }, async (connection) => {
    const columns = contract.columns.map(({ name: column, type }) => `${quoteName(column)} ${sqlType(type)}`)
    await connection.run(`CREATE TABLE rows (${[...columns, '"$part" VARCHAR', '"$row" BIGINT'].join(', ')})`)
    const values = rows.map((row, index) => {
      const own = contract.columns.map(({ name: column, type }) => valueSql(row[column] ?? null, type))
      return `(${[...own, "'abcdefabcdefabcd'", String(index)].join(', ')})`
    })
    if (values.length > 0) await connection.run(`INSERT INTO rows VALUES ${values.join(', ')}`)
    await connection.run(`COPY rows TO ${quoteText(name)} (FORMAT parquet)`)
  })
  return datasetOf(contract, [join(process.cwd(), name)])
}

function sqlType(type: ColumnType): string {
  if (type.kind === 'decimal') return `DECIMAL(${type.precision}, ${type.scale})`
  const types = {
    string: 'VARCHAR',
    enum: 'VARCHAR',
    boolean: 'BOOLEAN',
    number: 'DOUBLE',
    integer: 'BIGINT',
    int64: 'BIGINT',
  }
  return type.kind === 'instant' ? 'TIMESTAMP' : types[type.kind]
}

function valueSql(value: Value, type: ColumnType): string {
  if (value === null) return 'NULL'
  if (type.kind === 'instant') return `make_timestamp(CAST(${value} AS BIGINT))`
  return typeof value === 'boolean'
    ? String(value)
    : `CAST(${textSql(Object.is(value, -0) ? '-0' : String(value))} AS ${sqlType(type)})`
}

/** DuckDB's parser takes no NUL in a literal. */
function textSql(text: string): string {
  return `(${quoteText(text).replaceAll('\0', "' || chr(0) || '")})`
}

/** What SQL makes of expressions without a past, row by row, null where there is no value. */
export async function bySql(
  features: readonly FeatureSpec[],
  { contract, dataset }: { readonly contract: ContractSpec; readonly dataset: Dataset },
): Promise<readonly FeatureValues[]> {
  return withDuckDb({ memoryMib: 500, threads: 2 }, async (connection) => {
    await registerTranscendental(connection)
    const source = await sourceView(connection, { view: 'source', contract, dataset })
    const on = sheet((leaf) => source.column(leaf.op === 'column' ? leaf.name : 'a column'))
    const columns = features.map(({ type, expression }, index) => {
      const { sql } = on.cell(expression)
      return `${type === 'number' ? toFloat32Sql(sql) : sql} AS v${index}`
    })
    return namedRows(connection, `SELECT ${columns.join(', ')} FROM ${on.over('source')} ORDER BY ordinal`, features)
  })
}

async function namedRows(
  connection: DuckDBConnection,
  sql: string,
  features: readonly FeatureSpec[],
): Promise<readonly FeatureValues[]> {
  const read = await connection.runAndReadAll(sql)
  return read
    .getRows()
    .map((row) =>
      Object.fromEntries(features.map(({ name }, index) => [name, (row[index] as FeatureValues[string]) ?? null])),
    )
}

const NO_PAST: Past = { history: () => null, latest: () => null }

/** What the evaluator makes of them. */
export function byEvaluator(
  features: readonly FeatureSpec[],
  { contract, rows }: { readonly contract: ContractSpec; readonly rows: readonly Row[] },
): readonly FeatureValues[] {
  const evaluate = compileEvaluator(features, { from: contract.name, contracts: [contract] })
  return rows.map((row) => evaluate(row, NO_PAST))
}

/** A finished table's rows in its order. */
export async function tableRows(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return withDuckDb({ memoryMib: 500, threads: 1 }, async (connection) => {
    const read = await connection.runAndReadAll(
      `SELECT * REPLACE (epoch_us("$time") AS "$time", CAST("$row" AS DOUBLE) AS "$row") FROM read_parquet(${quoteText(path)})`,
    )
    return read.getRowObjects()
  })
}

export function feature(name: string, expression: Ast, type: FeatureSpec['type'] = 'number'): FeatureSpec {
  return { name, type, expression }
}
