import type { Dataset, FileRef } from '../data/dataset.ts'
import { withDuckDb } from '../data/duckdb.ts'
import { requireExactSums } from './exact-scale.ts'
import { microsOf } from './instant.ts'
import type { LookingUp } from './online-expressions.ts'
import { pastNodes, summarised } from './past-nodes.ts'
import { nodesOf } from './read-contract.ts'
import { sourceViews } from './source-view.ts'
import { readContracts } from './stored-contract.ts'
import { registerTranscendental, TRANSCENDENTAL } from './transcendental.ts'
import { writeOnline } from './write-online.ts'

const ONLINE_FILE = 'online.sqlite'

export interface RefreshInput {
  /** Of the contracts those that are looked into are enough. */
  readonly spec: LookingUp
  /** ISO 8601, UTC. */
  readonly asOf: string
  /** By the contract's name; each `$file` is a path. */
  readonly datasets: Readonly<Record<string, Dataset>>
}

export interface RefreshedFile {
  readonly file: FileRef
  /** Instants in it, of all families and entities. */
  readonly events: number
}

/**
 * Writes `online.sqlite` into the current folder, of some of the rows: what `materialize` writes, with nothing compared,
 * since there is no table of these rows. The same input gives the same bytes, whatever the threads. Throws `FeaturesError`.
 */
export async function refreshOnline(
  { spec, asOf, datasets }: RefreshInput,
  { threads }: { readonly threads: number },
): Promise<RefreshedFile> {
  const contracts = readContracts(spec, datasets)
  requireExactSums(spec.features, contracts)
  return withDuckDb({ threads, memoryMib: 500 }, async (connection) => {
    if (isTranscendental(spec)) await registerTranscendental(connection)
    const sources = await sourceViews(connection, { contracts, datasets })
    const { features } = spec
    const { events } = await writeOnline(connection, ONLINE_FILE, { features, sources, asOf: microsOf(asOf) })
    return { file: { $file: ONLINE_FILE }, events }
  })
}

/** A function that is registered holds on to its process, which then ends after the call: no more than has to be. */
function isTranscendental({ features }: LookingUp): boolean {
  return pastNodes(features.map(({ expression }) => expression)).some((node) => {
    const of = node.op === 'history' ? summarised(node.aggregate) : undefined
    return of !== undefined && nodesOf(of).some(({ op }) => op in TRANSCENDENTAL)
  })
}
