import type { DuckDBConnection } from '@duckdb/node-api'
import type { Dataset, FileRef } from '../data/dataset.ts'
import { withDuckDb } from '../data/duckdb.ts'
import type { FeatureTable } from '../data/feature-table.ts'
import type { FeaturesSpec } from '../dsl/lifecycle/nodes.ts'
import { compileEvaluator } from './evaluate.ts'
import { requireExactSums } from './exact-scale.ts'
import { sourceNamed } from './example-rows.ts'
import { microsOf } from './instant.ts'
import { openOnlineFeatures } from './online-store.ts'
import { samplePositions, skewsOf, tableSamples, type Skew } from './parity.ts'
import type { ReadContract } from './read-contract.ts'
import { sourceViews, type SourceView } from './source-view.ts'
import { readContracts } from './stored-contract.ts'
import { registerTranscendental } from './transcendental.ts'
import { writeOnline } from './write-online.ts'

const ONLINE_FILE = 'online.sqlite'

export interface MaterializeInput {
  readonly spec: Pick<FeaturesSpec, 'from' | 'contracts' | 'features'>
  /** ISO 8601, UTC. */
  readonly asOf: string
  /** By the contract's name; each `$file` is a path. */
  readonly datasets: Readonly<Record<string, Dataset>>
  /** What `buildFeatureTable` has made of the same. */
  readonly table: FeatureTable
  /** Default: 2. The bytes do not depend on it. */
  readonly threads?: number
  /** Of DuckDB, before it spills into the current folder. Default: 500. */
  readonly memoryMib?: number
}

/** `skewed`: computed as they are served, features are not what the model was trained on. */
export type Materialized =
  | {
      readonly state: 'materialized'
      /** Null: the features read no past, and serving needs none. */
      readonly file: FileRef | null
      /** Instants in it, of all families and entities. */
      readonly events: number
      /** Rows of the feature table that were computed again. */
      readonly compared: number
    }
  | { readonly state: 'skewed'; readonly skews: readonly Skew[]; readonly compared: number }

/** Rows of the feature table that are computed again by the file: the newest ones, and as many over all. */
const COMPARED = { newest: 1000, spread: 1000, seed: 7 } as const

/**
 * Writes `online.sqlite` into the current folder: what look-ups of these features find at any time up to asOf, and after it
 * what was known then. The same input gives the same bytes. Throws `FeaturesError`.
 */
export async function materialize(input: MaterializeInput): Promise<Materialized> {
  const { spec, asOf, datasets, threads = 2, memoryMib = 500 } = input
  const contracts = readContracts(spec, datasets)
  requireExactSums(spec.features, contracts)
  return withDuckDb({ threads, memoryMib }, async (connection) => {
    await registerTranscendental(connection)
    const sources = await sourceViews(connection, { contracts, datasets })
    const { features } = spec
    const { events } = await writeOnline(connection, ONLINE_FILE, { features, sources, asOf: microsOf(asOf) })
    const { skews, compared } = await skewsIn(connection, { input, contracts, sources })
    if (skews.length > 0) return { state: 'skewed', skews, compared }
    return { state: 'materialized', file: { $file: ONLINE_FILE }, events, compared }
  })
}

interface Compared {
  readonly input: MaterializeInput
  readonly contracts: readonly ReadContract[]
  readonly sources: readonly SourceView[]
}

/** Computes rows of the feature table as a gateway does. */
async function skewsIn(
  connection: DuckDBConnection,
  { input: { spec, table }, contracts, sources }: Compared,
): Promise<{ readonly skews: readonly Skew[]; readonly compared: number }> {
  const positions = samplePositions({ rows: table.rows, ...COMPARED })
  const source = sourceNamed(sources, spec.from)
  const samples = await tableSamples(connection, { path: table.file.$file, spec, source }, positions)
  const online = openOnlineFeatures(ONLINE_FILE, { features: spec.features, contracts })
  try {
    const evaluate = compileEvaluator(spec.features, { from: spec.from, contracts })
    const skews = skewsOf(
      samples,
      samples.map(({ row }) => evaluate(row, online)),
    )
    return { skews, compared: samples.length }
  } finally {
    online.close()
  }
}
