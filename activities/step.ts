import { elementOf } from './each.ts'
import type { Engine } from './engine.ts'
import { whileHeartbeating } from './heartbeat.ts'
import { nodeAt } from './node-scope.ts'
import { publishOnce } from './publish-once.ts'
import type { ItemRequest, NodeAnswer, NodeRequest } from './requests.ts'
import { resolveBinding } from './resolve-binding.ts'
import { stepKey } from './result-key.ts'
import { callUnit, type UnitCall } from './unit-call.ts'

/**
 * Runs a `task` or `python` node, or one element of an `each` node, in a child process.
 * Reads the order, the inputs' results and the code from the store; writes the result's chain `results/…/<key>.<n>` and
 * the artifacts that the output names. Key: code and input (`stepKey`). Heartbeats: a sign of life, without details.
 * Throws what the child's call throws, `input-missing`, `result-missing`, `node-unknown`, and StoreError's codes.
 */
export async function runStep(engine: Engine, request: NodeRequest | ItemRequest, run: string): Promise<NodeAnswer> {
  const { pipeline, call } = await callOf(engine, request)
  const { node, key } = call
  return whileHeartbeating((signal) =>
    publishOnce(engine, { key, pipeline, node, run, signal }, (attempt) => callUnit(engine, call, attempt)),
  )
}

async function callOf(
  engine: Engine,
  request: NodeRequest | ItemRequest,
): Promise<{ readonly pipeline: string; readonly call: UnitCall }> {
  const { pipeline, node, scope } = await nodeAt(engine, request, 'task', 'python', 'each')
  const { step, input } =
    node.kind === 'each'
      ? elementOf(node, scope, 'item' in request ? request.item : 0)
      : { step: node.spec, input: resolveBinding(node.spec.input, scope) }
  const { id, policy } = node
  return {
    pipeline,
    call: { node: id, key: stepKey(step, input), unit: () => engine.codeUnit(step), input, policy },
  }
}
