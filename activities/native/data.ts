import { cutPart } from '../../data/cut-part.ts'
import type { Dataset } from '../../data/dataset.ts'
import { DEFAULT_ENGINE, keptDuckDb, withDuckDb, type UseDuckDb } from '../../data/duckdb.ts'
import { ingestPart } from '../../data/ingest.ts'
import type { IngestInput } from '../../data/source-rows.ts'
import { trainingReference } from '../../data/training-reference.ts'
import { validateDataset } from '../../data/validate.ts'
import type { ValidateInput } from '../../data/validation.ts'
import { buildFeatureTable } from '../../features/build-feature-table.ts'
import { materialize } from '../../features/materialize.ts'
import { refreshOnline, type RefreshInput } from '../../features/refresh-online.ts'
import { nativeUnit } from './native-unit.ts'

/** All that DuckDB does, in one unit: the child that has loaded it for one part reads the next one, or validates. */
type Work =
  | ({ readonly does: 'ingest-part' } & IngestInput)
  | ({ readonly does: 'cut-part' } & Parameters<typeof cutPart>[0])
  | ({ readonly does: 'validate' } & ValidateInput)
  | ({ readonly does: 'materialize' } & Parameters<typeof materialize>[0])
  | ({ readonly does: 'reference' } & Parameters<typeof trainingReference>[0])
  | ({ readonly does: 'refresh' } & RefreshInput)
  | ({ readonly does: 'features' } & Parameters<typeof buildFeatureTable>[0])

/** Of small files several are read side by side, and a second thread costs each of them more than it gains; as of few rows. */
const SMALL_BYTES = 32 * 2 ** 20
const FEW_ROWS = 300_000
const ofSmallFiles = keptDuckDb({ ...DEFAULT_ENGINE, threads: 1 })
const ofLargeFiles: UseDuckDb = (use) => withDuckDb(DEFAULT_ENGINE, use)

export default nativeUnit((work: Work): Promise<unknown> => {
  switch (work.does) {
    case 'ingest-part':
      return ingestPart(work, work.part.bytes < SMALL_BYTES ? ofSmallFiles : ofLargeFiles)
    case 'cut-part':
      return cutPart(work)
    case 'validate':
      return validateDataset(work, { ...DEFAULT_ENGINE, threads: threadsFor([work.dataset]) })
    case 'features':
      return buildFeatureTable(work)
    case 'materialize':
      return materialize(work)
    case 'reference':
      return trainingReference(work)
    case 'refresh':
      return refreshOnline(work, { threads: threadsFor(Object.values(work.datasets)) })
  }
})

function threadsFor(datasets: readonly Pick<Dataset, 'rows'>[]): number {
  const rows = datasets.reduce((sum, dataset) => sum + dataset.rows, 0)
  return rows < FEW_ROWS ? 1 : DEFAULT_ENGINE.threads
}
