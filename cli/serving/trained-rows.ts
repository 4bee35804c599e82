import { join } from 'node:path'
import { withDuckDb } from '../../data/duckdb.ts'
import type { Digest } from '../../dsl/plan.ts'
import { samplePositions, tableSamples, type TableSample } from '../../features/parity.ts'
import { contractNamed } from '../../features/read-contract.ts'
import { sourceView } from '../../features/source-view.ts'
import type { OpenStore } from '../../store/open-store.ts'
import type { TrainedExamples } from './trained-examples.ts'

/** The same rows each time. */
const SEED = 7

/** Rows of the feature table, half of them the newest, with what a request for each would bring. */
export async function examplesOf(
  { spec, contracts, dataset, table }: TrainedExamples,
  { store, folder, rows }: { readonly store: OpenStore; readonly folder: string; readonly rows: number },
): Promise<readonly TableSample[]> {
  const bring = async (digest: Digest): Promise<string> => {
    const path = join(folder, `${digest}.parquet`)
    await store.artifacts.materialize(digest, path)
    return path
  }
  const [path, ...parts] = await Promise.all([table.digest, ...dataset.parts.map(({ file }) => file.$file)].map(bring))
  const brought = {
    ...dataset,
    parts: dataset.parts.map((part, index) => ({ ...part, file: { $file: parts[index] ?? '' } })),
  }
  const newest = Math.ceil(rows / 2)
  const positions = samplePositions({ rows: table.rows, newest, spread: rows - newest, seed: SEED })
  return withDuckDb({ threads: 2, memoryMib: 500 }, async (connection) => {
    const contract = contractNamed(contracts, spec.from)
    const source = await sourceView(connection, { view: 'source', contract, dataset: brought })
    const more = dataset.key === 'row' ? [] : dataset.key
    return tableSamples(connection, { path: path ?? '', spec, source, more }, positions)
  })
}
