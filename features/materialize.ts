import { withDuckDb } from '../data/duckdb.ts'
import type { Dataset, FileRef } from '../data/dataset.ts'
import type { FeaturesSpec } from '../dsl/lifecycle/nodes.ts'
import { requireExactSums } from './exact-scale.ts'
import { microsOf } from './instant.ts'
import { sourceViews } from './source-view.ts'
import { readContracts } from './stored-contract.ts'
import { registerTranscendental } from './transcendental.ts'
import { writeOnline } from './write-online.ts'

export const ONLINE_FILE = 'online.sqlite'

export interface MaterializeInput {
  readonly spec: Pick<FeaturesSpec, 'contracts' | 'features'>
  /** ISO 8601, UTC. */
  readonly asOf: string
  /** By the contract's name; each `$file` is a path. */
  readonly datasets: Readonly<Record<string, Dataset>>
  /** Default: 2. The bytes do not depend on it. */
  readonly threads?: number
  /** Of DuckDB, before it spills into the current folder. Default: 500. */
  readonly memoryMib?: number
}

export interface Materialized {
  readonly file: FileRef
  /** Instants by family and entity. */
  readonly events: number
}

/**
 * Writes `online.sqlite` into the current folder: what look-ups of these features find at any time up to asOf, and after it
 * what was known then. The same input gives the same bytes. Throws `FeaturesError`.
 */
export async function materialize({
  spec,
  asOf,
  datasets,
  threads = 2,
  memoryMib = 500,
}: MaterializeInput): Promise<Materialized> {
  const contracts = readContracts(spec, datasets)
  requireExactSums(spec.features, contracts)
  const { events } = await withDuckDb({ threads, memoryMib }, async (connection) => {
    registerTranscendental(connection)
    const sources = await sourceViews(connection, { contracts, datasets })
    return writeOnline(connection, ONLINE_FILE, { features: spec.features, sources, asOf: microsOf(asOf) })
  })
  return { file: { $file: ONLINE_FILE }, events }
}
