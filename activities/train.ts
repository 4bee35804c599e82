import type { Digest, Json } from '../dsl/plan.ts'
import { checkpoints, type Checkpoints } from './checkpoints.ts'
import type { Checkpoint } from './children/checkpoint.ts'
import type { Engine } from './engine.ts'
import { whileHeartbeating } from './heartbeat.ts'
import { trainAt } from './node-recipes.ts'
import { nodeAt } from './node-scope.ts'
import { plain } from './plain.ts'
import { publishOnce } from './publish-once.ts'
import type { NodeAnswer, NodeRequest } from './requests.ts'
import { callUnit } from './unit-call.ts'
import { trainerStep, warmNative } from './warm.ts'

/**
 * Trains a model by a shipped trainer and exports it as ONNX.
 * Reads the feature table, the trainer's pack and the latest checkpoint; writes `model.onnx` and `training.json`, and on
 * the way checkpoints, from which the next attempt goes on. Key: trainer, parameters, seed, split and table.
 * Heartbeats without details. Throws the codes of the child and of StoreError, `environment-failed`, `python-missing`.
 */
export async function train(engine: Engine, request: NodeRequest, run: string): Promise<NodeAnswer> {
  const at = await nodeAt(engine, request, 'train')
  const { pipeline, node } = at
  const {
    key,
    input: { spec, table },
  } = trainAt(at)
  const kept = checkpoints(engine)
  const { task, algorithm, params, seed, split, features, code, threads, gpus } = spec
  const job = { task, algorithm, params, seed, split, features, threads, gpus, asOf: table.asOf, table: table.file }
  const call = { node: node.id, key, unit: () => engine.codeUnit(trainerStep(code)), policy: node.policy }
  const answer = await whileHeartbeating((signal) =>
    publishOnce(engine, { key, pipeline, node: node.id, run, signal }, async (attempt) => {
      void warmNative(engine, 'evaluate')
      const keeping = keeper(kept, key)
      const input = plain({ ...job, checkpoint: await kept.latest(key) })
      const output = await callUnit(engine, { ...call, input, onCheckpoint: keeping.take }, attempt)
      await keeping.done()
      return output
    }),
  )
  await kept.drop(key)
  return answer
}

/** Stores checkpoints while training goes on. One that cannot be stored costs time in the next attempt, not this one. */
function keeper(
  kept: Checkpoints,
  key: Digest,
): { readonly take: (checkpoint: Checkpoint) => void; readonly done: () => Promise<unknown> } {
  const storing: Promise<Json | void>[] = []
  return {
    take: (checkpoint) => void storing.push(kept.keep(key, checkpoint).catch(() => undefined)),
    done: () => Promise.all(storing),
  }
}
