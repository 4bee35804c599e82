import { join } from 'node:path'
import { compileEvaluator, type Past } from '../../features/evaluate.ts'
import { openOnlineFeatures } from '../../features/online-store.ts'
import type { Served } from '../../store/generation.ts'
import type { OpenStore } from '../../store/open-store.ts'
import type { Serve } from './asking-gateway.ts'
import type { TrainedExamples } from './trained-examples.ts'

/** Evaluates as a gateway does, by the files that the service's state names. */
export async function readingFiles(
  { spec, contracts }: TrainedExamples,
  { served, store, folder }: { readonly served: Served; readonly store: OpenStore; readonly folder: string },
): Promise<{ readonly serve: Serve; readonly close: () => void }> {
  const { features, from } = spec
  const evaluate = compileEvaluator(features, { from, contracts })
  if (served.features === null)
    return { serve: (rows) => Promise.resolve(rows.map((row) => evaluate(row, NO_PAST))), close: () => {} }
  const path = join(folder, 'online.sqlite')
  await store.artifacts.materialize(served.features, path)
  const online = openOnlineFeatures(path, { features, contracts })
  return { serve: (rows) => Promise.resolve(rows.map((row) => evaluate(row, online))), close: () => online.close() }
}

const NO_PAST: Past = { history: () => null, latest: () => null }
