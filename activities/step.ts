import { rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json, NodePolicy, StepSpec } from '../dsl/plan.ts'
import { ownersName } from './children/abandoned.ts'
import { collectFiles, materializeFiles } from './children/files.ts'
import { killWorkingIn } from './children/orphans.ts'
import type { CodeUnit } from './children/unit.ts'
import { elementOf } from './each.ts'
import type { Engine } from './engine.ts'
import { whileHeartbeating } from './heartbeat.ts'
import { nodeAt } from './node-scope.ts'
import { publishOnce, type Attempt } from './publish-once.ts'
import type { ItemRequest, NodeAnswer, NodeRequest } from './requests.ts'
import { resolveBinding } from './resolve-binding.ts'
import { stepKey } from './result-key.ts'

/** One call of one unit of code: all that is known before a process is there. */
interface StepCall {
  readonly pipeline: string
  readonly node: string
  readonly key: string
  readonly step: StepSpec
  readonly input: Json
  readonly policy: NodePolicy
}

/**
 * Runs a `task` or `python` node, or one element of an `each` node, in a child process.
 * Reads the order, the inputs' results and the code from the store; writes the result's chain `results/…/<key>.<n>` and
 * the artifacts that the output names. Key: code and input (`stepKey`). Heartbeats: a sign of life, without details.
 * Throws what the child's call throws, `input-missing`, `result-missing`, `node-unknown`, and StoreError's codes.
 */
export async function runStep(engine: Engine, request: NodeRequest | ItemRequest, run: string): Promise<NodeAnswer> {
  const call = await callOf(engine, request)
  const { pipeline, node, key } = call
  return whileHeartbeating((signal) =>
    publishOnce(engine, { key, pipeline, node, run, signal }, (attempt) => work(engine, call, attempt)),
  )
}

async function callOf(engine: Engine, request: NodeRequest | ItemRequest): Promise<StepCall> {
  const { pipeline, node, scope } = await nodeAt(engine, request, 'task', 'python', 'each')
  const { step, input } =
    node.kind === 'each'
      ? elementOf(node, scope, 'item' in request ? request.item : 0)
      : { step: node.spec, input: resolveBinding(node.spec.input, scope) }
  return { pipeline, node: node.id, key: stepKey(step, input), step, input, policy: node.policy }
}

/** One attempt in a working folder of its own, which is gone afterwards. */
async function work(engine: Engine, call: StepCall, attempt: Attempt): Promise<Json> {
  const steps = join(engine.workFolder, 'steps')
  // A stalled attempt's child would waste the machine and, on a GPU, the memory that this one needs.
  const stem = join(steps, call.key.slice(0, 32))
  if (attempt.overtook) await killWorkingIn(engine.workFolder, (folder) => folder.startsWith(stem))
  const workFolder = `${stem}~${ownersName()}`
  try {
    const unit = await engine.codeUnit(call.step)
    const input = await materializeFiles(engine.artifacts, call.input, workFolder)
    const output = await runUnit(engine, { call, unit, input, workFolder, signal: attempt.signal })
    return await collectFiles(engine.artifacts, output, workFolder)
  } finally {
    await removeFolder(workFolder)
  }
}

/** Most steps leave theirs empty, and removing an empty folder is one call. */
async function removeFolder(folder: string): Promise<void> {
  await rmdir(folder).catch(() => rm(folder, { recursive: true, force: true }))
}

interface UnitCall {
  readonly call: StepCall
  readonly unit: CodeUnit
  readonly input: Json
  readonly workFolder: string
  readonly signal: AbortSignal
}

/** Holds a child no longer than the code runs: claiming and publishing take longer than a short step. */
async function runUnit({ pool }: Engine, { call, unit, input, workFolder, signal }: UnitCall): Promise<Json> {
  const { node, key, policy } = call
  const { memoryMib, timeoutMillis } = policy
  const child = await pool.acquire(unit)
  try {
    // The key is uniform, so a part of it is a seed: the same one for every attempt.
    const seed = Number.parseInt(key.slice(0, 8), 16)
    return await child.run({ step: node, input, workFolder, memoryMib, timeoutMillis, seed, signal })
  } finally {
    child.release()
  }
}
