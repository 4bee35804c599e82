import type { DuckDBConnection } from '@duckdb/node-api'
import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import type { JsonSchema } from '../dsl/plan.ts'
import { columnCondition } from './column-condition.ts'
import { quoteName } from './duckdb.ts'
import { jsonValue } from './json-value.ts'
import { plain, type Plain } from './plain-rows.ts'
import { propertiesOf, rowAjv, type ColumnJudge } from './row-judge.ts'
import { storedLimit } from './stored-limit.ts'

interface Rows {
  /** What can stand after FROM. */
  readonly from: string
  readonly columns: readonly StoredColumn[]
  readonly schema: JsonSchema
  readonly judges: ReadonlyMap<string, ColumnJudge>
  /** SQL, true or false: whether a row's outcomes are not known yet, and so not judged. Null: all are. */
  readonly unknown: string | null
}

/**
 * SQL, true or false: whether a stored row keeps its contract, as Ajv would find. What SQL cannot decide, Ajv does, on
 * each different value of the column; the values that it refuses go to a temporary table.
 */
export async function rowPredicate(connection: DuckDBConnection, rows: Rows): Promise<string> {
  const annotations = annotationsOf(rows.schema)
  const properties = propertiesOf(rows.schema)
  const conditions: string[] = []
  for (const column of rows.columns) {
    const [schema, judge] = [properties[column.name], rows.judges.get(column.name)]
    if (schema === undefined || judge === undefined) continue
    const value = quoteName(column.name)
    const decided = columnCondition(column, { schema, annotations })
    const usable = decided !== undefined && (await isAccepted(connection, { condition: decided, rows }))
    const kept = usable ? decided : await judged(connection, { column, judge, from: rows.from })
    const limit = storedLimit(column)?.kept
    const present = limit === undefined ? kept : `(${kept} AND ${limit})`
    const condition = judge.accepts(null) ? `(${value} IS NULL OR ${present})` : `(${value} IS NOT NULL AND ${present})`
    conditions.push(column.outcome && rows.unknown !== null ? `(${rows.unknown} OR ${condition})` : condition)
  }
  return conditions.length === 0 ? 'true' : `(${conditions.join(' AND ')})`
}

/** Formats that Ajv is told of but does not check. */
function annotationsOf(schema: JsonSchema): ReadonlySet<string> {
  const { formats } = rowAjv(schema)
  return new Set(Object.keys(formats).filter((name) => formats[name] === true))
}

/** RE2 has limits of its own, such as on nested counts, which show when a pattern is compiled. */
async function isAccepted(
  connection: DuckDBConnection,
  { condition, rows }: { readonly condition: string; readonly rows: Rows },
): Promise<boolean> {
  if (!condition.includes('regexp_matches')) return true
  try {
    await connection.run(`SELECT ${condition} FROM ${rows.from} LIMIT 0`)
    return true
  } catch (error) {
    if (error instanceof Error && /regex|repetition|pattern/i.test(error.message)) return false
    throw error
  }
}

/** The condition by Ajv's verdict on each different value. */
async function judged(
  connection: DuckDBConnection,
  { column, judge, from }: { readonly column: StoredColumn; readonly judge: ColumnJudge; readonly from: string },
): Promise<string> {
  const value = jsonValue(column)
  const refused = await refusedValues(connection, {
    query: `SELECT DISTINCT ${value} FROM ${from} WHERE ${quoteName(column.name)} IS NOT NULL`,
    judge,
  })
  if (refused.length === 0) return 'true'
  const table = `$refused ${column.name}`
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${quoteName(table)} AS SELECT ${value} AS value FROM ${from} LIMIT 0`,
  )
  const appender = await connection.createAppender(table)
  for (const each of refused) {
    if (typeof each === 'string') appender.appendVarchar(each)
    else if (typeof each === 'number') appender.appendDouble(each)
    else if (typeof each === 'boolean') appender.appendBoolean(each)
    appender.endRow()
  }
  appender.closeSync()
  return `${value} NOT IN (SELECT value FROM ${quoteName(table)})`
}

async function refusedValues(
  connection: DuckDBConnection,
  { query, judge }: { readonly query: string; readonly judge: ColumnJudge },
): Promise<readonly Plain[]> {
  const refused: Plain[] = []
  for await (const rows of (await connection.stream(query)).yieldRowsJs()) {
    for (const [value] of rows) {
      if (!judge.accepts(plain(value))) refused.push(plain(value))
    }
  }
  return refused
}
