import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteName, quotePath } from '../data/duckdb.ts'
import type { FeaturesSpec } from '../dsl/lifecycle/nodes.ts'
import type { FeatureValues, Row } from './evaluate.ts'
import type { Value } from './operations.ts'
import { nodesOf } from './read-contract.ts'
import { PART, ROW, type SourceView } from './source-view.ts'

/** A row of a feature table beside the row that a request would bring. */
export interface TableSample {
  /** Its place in the table, from 0. */
  readonly position: number
  /** The columns that the expressions read, and the time. */
  readonly row: Row
  /** As trained on. */
  readonly offline: FeatureValues
}

/** A feature that is another one where it is served. */
export interface Skew {
  readonly feature: string
  readonly differing: number
  readonly compared: number
  /** The first differing row's place in the feature table. */
  readonly firstRow: number
}

export interface SampleSize {
  readonly rows: number
  readonly newest: number
  /** How many more over the whole table. */
  readonly spread: number
  readonly seed: number
}

/** Places in a table, ascending, each once: the same seed gives the same ones. */
export function samplePositions({ rows, newest, spread, seed }: SampleSize): readonly number[] {
  const chosen = new Set(Array.from({ length: Math.min(newest, rows) }, (_, index) => rows - 1 - index))
  const wanted = Math.min(chosen.size + spread, rows)
  // Numerical Recipes' linear congruential generator: any spread will do, as long as it is always the same.
  let state = seed >>> 0
  while (chosen.size < wanted) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    chosen.add(Math.floor((state / 2 ** 32) * rows))
  }
  return [...chosen].toSorted((left, right) => left - right)
}

export interface SampledTable {
  readonly path: string
  readonly spec: Pick<FeaturesSpec, 'features'>
  /** What the table was made of. */
  readonly source: SourceView
  /** More columns that a request brings. Default: none. */
  readonly more?: readonly string[]
}

export async function tableSamples(
  connection: DuckDBConnection,
  { path, spec, source, more = [] }: SampledTable,
  positions: readonly number[],
): Promise<readonly TableSample[]> {
  const features = spec.features.map(({ name }) => name)
  const columns = [...new Set([...requestColumns(spec, source), ...more])]
  const own = features.map((name, index) => `f.${quoteName(name)} AS f${index}`)
  const asked = columns.map((name, index) => {
    const { sql, type } = source.column(name)
    return `${type.kind === 'decimal' ? `CAST(s.${sql} AS VARCHAR)` : `s.${sql}`} AS a${index}`
  })
  const places = positions.length === 0 ? 'false' : `place IN (${positions.join(', ')})`
  const read = await connection.runAndReadAll(
    `SELECT ${['CAST(f.place AS DOUBLE)', ...own, ...asked].join(', ')}
    FROM (SELECT * FROM (SELECT *, row_number() OVER () - 1 AS place FROM read_parquet(${quotePath(path)})) WHERE ${places}) f
    JOIN ${source.view} s ON s.${PART} = f."$part" AND s.${ROW} = f."$row" ORDER BY f.place`,
  )
  return read.getRows().map(([place, ...cells]) => ({
    position: Number(place),
    offline: named(features, cells) as FeatureValues,
    row: named(columns, cells.slice(features.length)),
  }))
}

function requestColumns({ features }: Pick<FeaturesSpec, 'features'>, { contract }: SourceView): readonly string[] {
  const read = features.flatMap(({ expression }) =>
    nodesOf(expression).flatMap((node) => (node.op === 'column' ? [node.name] : [])),
  )
  return [...read, ...(contract.time === null ? [] : [contract.time])]
}

/** A DuckDB value of these types is a `Value` already. */
function named(names: readonly string[], cells: readonly unknown[]): Readonly<Record<string, Value>> {
  return Object.fromEntries(names.map((name, index) => [name, (cells[index] ?? null) as Value]))
}

/** Which features are not the same, bit for bit, in the order of the table's columns. `served`: one a sample. */
export function skewsOf(samples: readonly TableSample[], served: readonly FeatureValues[]): readonly Skew[] {
  return Object.keys(samples[0]?.offline ?? {}).flatMap((feature) => {
    const differing = samples.filter(
      ({ offline }, index) => !Object.is(offline[feature], served[index]?.[feature] ?? null),
    )
    const [first] = differing
    if (first === undefined) return []
    return [{ feature, differing: differing.length, compared: samples.length, firstRow: first.position }]
  })
}
