import { rm } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Dataset, RowFailure } from '../data/dataset.ts'
import { withDuckDb } from '../data/duckdb.ts'
import type { FeatureTable } from '../data/feature-table.ts'
import type { FeaturesSpec } from '../dsl/lifecycle/nodes.ts'
import { exampleRows, type Rows } from './example-rows.ts'
import { requireExactSums } from './exact-scale.ts'
import { FeaturesError } from './errors.ts'
import { featureFailures, pastFailures, type Failures } from './failures.ts'
import { isoOf, microsOf } from './instant.ts'
import { pastNodes } from './past-nodes.ts'
import { withPast } from './past-columns.ts'
import { sourceViews } from './source-view.ts'
import { readContracts } from './stored-contract.ts'
import { FEATURES_FILE, missingValues, writeTable } from './table-file.ts'
import { registerTranscendental } from './transcendental.ts'

export interface FeaturesInput {
  readonly spec: FeaturesSpec
  /** ISO 8601, UTC. Null: no row and no outcome is too new. */
  readonly asOf: string | null
  /** By the contract's name; each `$file` is a path. */
  readonly datasets: Readonly<Record<string, Dataset>>
  /** Default: 2. The bytes do not depend on it. */
  readonly threads?: number
  /** Of DuckDB, before it spills into the current folder. Default: 2500. */
  readonly memoryMib?: number
}

/** `refused`: rows whose features or label cannot be; at most 100 of the `count` are told, in the table's order. */
export type FeatureTableResult =
  | { readonly state: 'built'; readonly table: FeatureTable }
  | { readonly state: 'refused'; readonly failures: readonly RowFailure[]; readonly count: number }

/**
 * Writes `features.parquet` into the current folder: each example's features as of its own time, and its label. The same
 * input gives the same bytes. Throws `FeaturesError` where the expressions cannot be computed from these datasets.
 */
export async function buildFeatureTable(input: FeaturesInput): Promise<FeatureTableResult> {
  refuseNamesakes(input.spec)
  requireExactSums(input.spec.features, readContracts(input.spec, input.datasets))
  return withDuckDb({ threads: input.threads ?? 2, memoryMib: input.memoryMib ?? 2500 }, async (connection) => {
    await registerTranscendental(connection)
    return build(connection, input)
  })
}

async function build(connection: DuckDBConnection, input: FeaturesInput): Promise<FeatureTableResult> {
  const { spec, datasets } = input
  const asOf = input.asOf === null ? null : microsOf(input.asOf)
  const sources = await sourceViews(connection, { contracts: readContracts(spec, datasets), datasets })
  const rows = await exampleRows(connection, { spec, asOf, sources })
  const past = pastNodes([...spec.features.map(({ expression }) => expression), spec.label.expression])
  const complete = await withPast(connection, { rows, past, sources, before: asOf })
  if (complete.faults !== null) return refused(await pastFailures(connection, complete.faults, datasets))
  return written(connection, { rows: complete.rows, input, asOf })
}

async function written(
  connection: DuckDBConnection,
  { rows, input, asOf }: { readonly rows: Rows; readonly input: FeaturesInput; readonly asOf: bigint | null },
): Promise<FeatureTableResult> {
  const { spec, datasets } = input
  const count = await writeTable(connection, { rows, spec })
  if ((await missingValues(connection)) > 0) {
    await rm(FEATURES_FILE)
    return refused(await featureFailures(connection, { rows, spec, datasets }))
  }
  const columns = spec.features.map(({ name, type }) => ({ name, type }))
  const time = rows.timed && asOf !== null ? isoOf(asOf) : null
  return { state: 'built', table: { set: spec.set, file: { $file: FEATURES_FILE }, rows: count, asOf: time, columns } }
}

function refused({ failures, count }: Failures): FeatureTableResult {
  return { state: 'refused', failures, count }
}

/** Parquet knows the case of a name, DuckDB does not. */
function refuseNamesakes({ set, features }: FeaturesSpec): void {
  const names = features.map(({ name }) => name.toLowerCase())
  const twice = features.find(({ name }, index) => names.indexOf(name.toLowerCase()) !== index)
  if (twice === undefined) return
  throw new FeaturesError(
    'expression',
    `features "${set}": expected names that differ in more than case, got "${twice.name}" twice; rename one`,
  )
}
