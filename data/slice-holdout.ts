import type { DuckDBConnection } from '@duckdb/node-api'
import type { EvaluateSpec } from '../dsl/lifecycle/nodes.ts'
import { measureOf, pick, type Examples } from '../stats/examples.ts'
import { judge, type Gate } from '../stats/gates.ts'
import type { MetricValues } from '../stats/measure.ts'
import type { Dataset } from './dataset.ts'
import { quoteName } from './duckdb.ts'
import { parquet } from './holdout.ts'
import { readColumns } from './read-columns.ts'

/** The holdout by the values of one column. */
export interface SlicedColumn {
  readonly column: string
  /** A protected attribute of the contract. */
  readonly protected: boolean
  /** The most frequent ones first, at most 500. */
  readonly slices: readonly Slice[]
  /** The values beyond them. */
  readonly rest: { readonly values: number; readonly rows: number }
}

export interface Slice {
  /** As text; null where the column is null. */
  readonly value: string | null
  readonly rows: number
  /** Null where the rows are too few, or of one class: what they say is chance. Gates do not judge those. */
  readonly metrics: MetricValues | null
  readonly unmeasured: 'fewer than 50 rows' | 'one class' | null
}

const MOST_VALUES = 500
/** Of fewer nothing is said: it would be chance. */
export const LEAST_ROWS = 50

/** For each column that is sliced by, the holdout's values in its order, as text. */
export type HoldoutValues = ReadonlyMap<string, readonly (string | null)[]>

export async function readHoldoutValues(
  connection: DuckDBConnection,
  { spec, dataset, rows }: { readonly spec: EvaluateSpec; readonly dataset: Dataset; readonly rows: number },
): Promise<HoldoutValues> {
  const columns = [...new Set([...spec.slices.map(({ column }) => column), ...spec.protectedColumns])].toSorted()
  if (columns.length === 0 || rows === 0) return new Map()
  const sql = valuesQuery(columns, dataset)
  const values = await readColumns(connection, { sql, kind: 'text', count: columns.length, rows })
  return new Map(columns.map((column, index) => [column, values[index] ?? []]))
}

/** `examples` has every row of the holdout, in its order. */
export function sliceHoldout(
  spec: EvaluateSpec,
  { values, examples }: { readonly values: HoldoutValues; readonly examples: Examples },
): readonly SlicedColumn[] {
  return [...values].map(([column, of]) => {
    const { slices, rest } = slicesOf(of, examples)
    return { column, protected: spec.protectedColumns.includes(column), slices, rest }
  })
}

/** One gate per limit and measured value. */
export function sliceGates(spec: EvaluateSpec, sliced: readonly SlicedColumn[]): readonly Gate[] {
  return spec.slices.flatMap(({ column, limits }) => {
    const slices = sliced.find((one) => one.column === column)?.slices ?? []
    return slices.flatMap(({ value, metrics }) => {
      if (metrics === null) return []
      const scope = `slices.${column}[${JSON.stringify(value?.slice(0, 64) ?? null)}]`
      return judge({ scope, metrics, incumbent: null }, limits)
    })
  })
}

/** Grouped, for two equal parts of a source have rows of one name. */
function valuesQuery(columns: readonly string[], { parts }: Dataset): string {
  const values = columns.map((column) => `first(d.${quoteName(column)})::varchar`)
  return `
    select ${values.join(', ')} from holdout h
    left join ${parquet(parts.map(({ file }) => file))} d on d."$part" = h.part and d."$row" = h."row"
    group by h.ordinal order by h.ordinal`
}

function slicesOf(values: readonly (string | null)[], examples: Examples): Pick<SlicedColumn, 'slices' | 'rest'> {
  const found = rowsByValue(values)
  const rest = found.slice(MOST_VALUES)
  return {
    slices: found.slice(0, MOST_VALUES).map(([value, rows]) => sliceOf(value, pick(examples, Uint32Array.from(rows)))),
    rest: { values: rest.length, rows: rest.reduce((sum, [, rows]) => sum + rows.length, 0) },
  }
}

/** The most frequent value first. */
export function rowsByValue(values: readonly (string | null)[]): readonly Found[] {
  const rowsOf = new Map<string | null, number[]>()
  for (const [row, value] of values.entries()) {
    const rows = rowsOf.get(value)
    if (rows === undefined) rowsOf.set(value, [row])
    else rows.push(row)
  }
  return [...rowsOf].toSorted(byFrequency)
}

type Found = readonly [value: string | null, rows: readonly number[]]

function byFrequency([value, rows]: Found, [otherValue, others]: Found): number {
  return others.length - rows.length || ((value ?? '') < (otherValue ?? '') ? -1 : 1)
}

function sliceOf(value: string | null, examples: Examples): Slice {
  const rows = examples.labels.length
  const unmeasured = reasonNotToMeasure(examples)
  return { value, rows, metrics: unmeasured === null ? measureOf(examples).of() : null, unmeasured }
}

function reasonNotToMeasure({ task, labels }: Examples): Slice['unmeasured'] {
  if (labels.length < LEAST_ROWS) return 'fewer than 50 rows'
  const first = labels[0]
  return task !== 'regression' && labels.every((label) => label === first) ? 'one class' : null
}
