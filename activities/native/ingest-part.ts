import { DEFAULT_ENGINE, keptDuckDb, withDuckDb } from '../../data/duckdb.ts'
import { ingestPart } from '../../data/ingest.ts'
import type { IngestInput } from '../../data/source-rows.ts'
import { nativeUnit } from './native-unit.ts'

/** Of small files several are read side by side, and a second thread costs each of them more than it gains. */
const SMALL_BYTES = 32 * 2 ** 20
const ofSmallFiles = keptDuckDb({ ...DEFAULT_ENGINE, threads: 1 })

export default nativeUnit((input: IngestInput) =>
  ingestPart(input, input.part.bytes < SMALL_BYTES ? ofSmallFiles : (use) => withDuckDb(DEFAULT_ENGINE, use)),
)
