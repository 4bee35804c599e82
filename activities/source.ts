import type { Engine } from './engine.ts'
import { whileHeartbeating } from './heartbeat.ts'
import { nodeAt } from './node-scope.ts'
import { plain } from './plain.ts'
import { publishOnce } from './publish-once.ts'
import type { NodeAnswer, NodeRequest } from './requests.ts'
import { sourceAt } from './source-listing.ts'
import { warmNative } from './warm.ts'

/**
 * Lists what a source has at this moment: each file with its size and SHA-256.
 * Reads the project folder; writes a result named by the listing itself, so a later listing that differs is another
 * result and equal ones are one. Heartbeats without details. Throws `source-empty`, `source-outside`.
 */
export async function source(engine: Engine, request: NodeRequest, run: string): Promise<NodeAnswer> {
  const at = await nodeAt(engine, request, 'source')
  const { pipeline, node } = at
  return whileHeartbeating(async (signal) => {
    const { key, input } = await sourceAt(at, engine)
    return publishOnce(engine, { key, pipeline, node: node.id, run, signal }, async () => {
      // A listing that was there before has mostly been read before.
      void warmNative(engine, 'data', 2)
      return plain(input)
    })
  })
}
