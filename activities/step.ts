import type { PlanNode } from '../dsl/plan.ts'
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
  if ('item' in request) {
    const { pipeline, node, elements } = await engine.each(request)
    const [input, key] = [elements.input(request.item), elements.key(request.item)]
    const { spec } = node
    return { pipeline, call: { ...placeOf(engine, node), key, unit: () => engine.codeUnit(spec.step), input } }
  }
  const { pipeline, node, scope } = await nodeAt(engine, request, 'task', 'python')
  const { spec } = node
  const input = resolveBinding(spec.input, scope)
  const key = stepKey(spec, input)
  return { pipeline, call: { ...placeOf(engine, node), key, unit: () => engine.codeUnit(spec), input } }
}

function placeOf({ lightTurns }: Engine, { id, policy }: PlanNode): Pick<UnitCall, 'node' | 'policy' | 'turns'> {
  return { node: id, policy, ...(policy.queue === 'light' && { turns: lightTurns }) }
}
