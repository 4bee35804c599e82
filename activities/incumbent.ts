import type { FileRef } from '../data/dataset.ts'
import type { Engine } from './engine.ts'
import { incumbentAt } from './find-incumbent.ts'
import { whileHeartbeating } from './heartbeat.ts'
import { nodeAt } from './node-scope.ts'
import { plain } from './plain.ts'
import { publishOnce } from './publish-once.ts'
import type { NodeAnswer, NodeRequest } from './requests.ts'

/** The model that a new one is measured against. */
export type Incumbent =
  | { readonly version: null }
  | {
      readonly model: string
      readonly version: number
      readonly rootDigest: string
      readonly onnx: FileRef
      readonly training: FileRef
      /** The expressions that it reads, as `register` wrote them. */
      readonly features: FileRef
    }

/**
 * Finds the version that the service's next model has to beat: the one in service, where there is one, else the newest
 * one registered for it; another model than those just trained, so that a run that is repeated compares as it did the
 * first time. Reads the service's state and the registry; writes a result named by what was found. Throws StoreError's codes.
 */
export async function incumbent(engine: Engine, request: NodeRequest, run: string): Promise<NodeAnswer> {
  const at = await nodeAt(engine, request, 'incumbent')
  const { pipeline, node } = at
  return whileHeartbeating(async (signal) => {
    const { key, input } = await incumbentAt(at, engine)
    return publishOnce(engine, { key, pipeline, node: node.id, run, signal }, () => Promise.resolve(plain(input)))
  })
}
