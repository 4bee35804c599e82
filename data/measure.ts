import type { DuckDBConnection } from '@duckdb/node-api'
import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import type { DatasetPart } from './dataset.ts'
import { quoteName } from './duckdb.ts'
import { partRows } from './part-rows.ts'
import { plainRows, type Plain } from './plain-rows.ts'
import { ROW_GROUP, isoText } from './write-part.ts'

/** One pass over a dataset's rows. */
export interface Measurement {
  /** By the part's place: rows that break the contract. */
  readonly badByPart: readonly number[]
  /** Rows that keep the contract: the measures are of them. */
  readonly kept: number
  readonly bad: number
  readonly columns: readonly ColumnMeasure[]
}

export interface ColumnMeasure {
  readonly name: string
  /** Those in which its value is known. */
  readonly rows: number
  readonly missing: number
  /** Exact where the column's expectations ask for it, else an estimate within some percent. */
  readonly distinct: number
  /** Numbers and instants (ISO 8601); null for others and of no values. */
  readonly min: Plain
  readonly max: Plain
  /** Of numbers only. */
  readonly mean: number | null
}

interface Pass {
  readonly from: string
  readonly parts: readonly DatasetPart[]
  readonly predicate: string
  readonly columns: readonly StoredColumn[]
  /** Columns whose different values are counted one by one. */
  readonly exact: ReadonlySet<string>
  /** SQL, true or false: whether a row's outcomes are not known yet. Null: all are. */
  readonly unknown: string | null
}

export async function measureRows(connection: DuckDBConnection, pass: Pass): Promise<Measurement> {
  const blocks = await blocksOf(connection, pass)
  const bad = badByPart(blocks, pass.parts)
  const good = blocks.filter(({ kept }) => kept)
  const kept = sum(good.map(({ rows }) => rows))
  const distinct = kept === 0 ? [] : await distinctCounts(connection, pass, bad)
  return {
    kept,
    bad: sum(blocks.map(({ rows }) => rows)) - kept,
    badByPart: bad,
    columns: pass.columns.map(({ name, outcome }, index) => {
      const rows = outcome ? kept - sum(good.map(({ unknown }) => unknown)) : kept
      const measured = good.map(({ columns }) => columns[index] ?? [])
      const values = sum(measured.map(([count]) => Number(count)))
      const total = sum(measured.map(([, , , subtotal]) => Number(subtotal ?? 0)))
      const isSummed = measured.some(([, , , subtotal]) => subtotal !== null)
      return {
        name,
        rows,
        missing: rows - values,
        distinct: Number(distinct[index] ?? 0),
        min: extreme(
          measured.map(([, min]) => min),
          (left, right) => left < right,
        ),
        max: extreme(
          measured.map(([, , max]) => max),
          (left, right) => left > right,
        ),
        mean: isSummed && values > 0 ? total / values : null,
      }
    }),
  }
}

interface Block {
  readonly part: number
  readonly kept: boolean
  readonly rows: number
  /** Rows without outcomes yet. */
  readonly unknown: number
  /** Count, min, max, sum of each column. */
  readonly columns: readonly (readonly Plain[])[]
}

/**
 * A block is one row group of one part, which one thread reads from front to back: the sums of doubles come out the same
 * each time, and are added up in the order of the blocks.
 */
async function blocksOf(connection: DuckDBConnection, pass: Pass): Promise<readonly Block[]> {
  const { from, predicate, columns, unknown } = pass
  const measures = columns.flatMap(columnMeasures)
  const found = await plainRows(
    connection,
    `SELECT file_index, file_row_number // ${ROW_GROUP} AS block, ${predicate} AS kept, count(*),
       count(*) FILTER (WHERE ${unknown ?? 'false'}), ${measures.join(', ')}
     FROM ${from} GROUP BY file_index, block, kept ORDER BY file_index, block, kept`,
  )
  return found.map(([part, , kept, rows, without, ...rest]) => ({
    part: Number(part),
    kept: kept === true,
    rows: Number(rows),
    unknown: Number(without),
    columns: columns.map((_, index) => rest.slice(index * 4, index * 4 + 4)),
  }))
}

function columnMeasures({ name, type }: StoredColumn): readonly string[] {
  const column = quoteName(name)
  switch (type.kind) {
    case 'string':
    case 'enum':
    case 'boolean':
      return [`count(${column})`, 'NULL', 'NULL', 'NULL']
    case 'instant':
      return [`count(${column})`, isoText(`min(${column})`), isoText(`max(${column})`), 'NULL']
    case 'number':
    case 'integer':
    case 'int64':
    case 'decimal':
      return [`count(${column})`, `min(${column})::DOUBLE`, `max(${column})::DOUBLE`, sumOf(type.kind, column)]
  }
}

/** Integers add up exactly; a decimal's sum may outgrow its type, so it is one of doubles. */
function sumOf(kind: 'number' | 'integer' | 'int64' | 'decimal', column: string): string {
  return kind === 'decimal' ? `sum(${column}::DOUBLE)` : `sum(${column})::DOUBLE`
}

async function distinctCounts(
  connection: DuckDBConnection,
  { parts, predicate, columns, exact }: Pass,
  bad: readonly number[],
): Promise<readonly Plain[]> {
  const counts = columns.map(({ name }) =>
    exact.has(name) ? `count(DISTINCT ${quoteName(name)})` : `approx_count_distinct(${quoteName(name)})`,
  )
  const kept = keptRows({ parts, predicate }, bad)
  const [row] = await plainRows(connection, `SELECT ${counts.join(', ')} FROM (${kept})`)
  return row ?? []
}

/** Parts without bad rows are not asked again: a pattern in a condition takes longer than all the rest. */
function keptRows({ parts, predicate }: Pick<Pass, 'parts' | 'predicate'>, bad: readonly number[]): string {
  const clean = parts.filter((_, place) => bad[place] === 0)
  const touched = parts.filter((_, place) => bad[place] !== 0)
  return [
    ...(clean.length > 0 ? [`SELECT * FROM ${partRows({ parts: clean })}`] : []),
    ...(touched.length > 0 ? [`SELECT * FROM ${partRows({ parts: touched })} WHERE ${predicate}`] : []),
  ].join(' UNION ALL ')
}

function badByPart(blocks: readonly Block[], parts: readonly DatasetPart[]): readonly number[] {
  return parts.map((_, place) =>
    sum(blocks.filter(({ part, kept }) => part === place && !kept).map(({ rows }) => rows)),
  )
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function extreme(
  values: readonly (Plain | undefined)[],
  beats: (left: Plain & {}, right: Plain & {}) => boolean,
): Plain {
  return values.reduce<Plain>((best, value) => {
    if (value === null || value === undefined) return best
    return best === null || beats(value, best) ? value : best
  }, null)
}
