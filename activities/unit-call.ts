import type { Digest, Json, NodePolicy } from '../dsl/plan.ts'
import type { Checkpoint } from './children/checkpoint.ts'
import { collectFiles, locateFiles, materializeFiles, type LocatedFiles } from './children/files.ts'
import { killWorkingOn } from './children/orphans.ts'
import type { CodeUnit } from './children/unit.ts'
import type { Engine } from './engine.ts'
import type { Attempt } from './publish-once.ts'
import type { Turns } from './turns.ts'

/** One call of one unit of code: all that is known before a process is there. */
export interface UnitCall {
  readonly node: string
  /** Names the result. */
  readonly key: Digest
  readonly unit: () => Promise<CodeUnit>
  /** The engine's own code, which never writes to a file that it is given. Default false. */
  readonly isOwn?: boolean
  /** What the key was made of. Files in it are brought from the store. */
  readonly input: Json
  /** Added to the input where the code runs: paths and sizes of this machine, on which no result may hang. Default: nothing. */
  readonly local?: Readonly<Record<string, Json>>
  readonly policy: Pick<NodePolicy, 'memoryMib' | 'timeoutMillis'>
  /** Whose turn it is to have a process. Default: everybody's. */
  readonly turns?: Turns
  /** Gets each checkpoint while the code goes on. Default: nobody. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void
  /** Ends the child afterwards, for code that leaks. Default false: it stays warm. */
  readonly once?: boolean
}

/** One attempt in a working folder of its own, which is gone afterwards. */
export async function callUnit(engine: Engine, call: UnitCall, attempt: Attempt): Promise<Json> {
  const { folders, artifacts } = engine
  // A stalled attempt's child would waste the machine and, on a GPU, the memory that this one needs.
  if (attempt.overtook) await killWorkingOn(engine.workFolder, call.key)
  const workFolder = folders.take()
  try {
    const unit = await call.unit()
    const { input: given, files } =
      call.isOwn === true
        ? await locateFiles(artifacts, call.input, workFolder)
        : { input: await materializeFiles(artifacts, call.input, workFolder), files: NONE }
    const input = withLocal(given, call.local)
    const output = await runUnit(engine, { call, unit, input, workFolder, signal: attempt.signal })
    return await collectFiles(artifacts, output, { workFolder, given: files })
  } finally {
    await folders.giveBack(workFolder)
  }
}

const NONE: LocatedFiles['files'] = new Map()

function withLocal(input: Json, local: UnitCall['local']): Json {
  return local === undefined ? input : { ...(input as object), ...local }
}

interface Running {
  readonly call: UnitCall
  readonly unit: CodeUnit
  readonly input: Json
  readonly workFolder: string
  readonly signal: AbortSignal
}

async function runUnit(engine: Engine, running: Running): Promise<Json> {
  const { turns } = running.call
  await turns?.enter(running.signal)
  try {
    return await runInChild(engine, running)
  } finally {
    turns?.leave()
  }
}

/** Holds a child no longer than the code runs: claiming and publishing take longer than a short step. */
async function runInChild({ pool, observe }: Engine, running: Running): Promise<Json> {
  const { call, unit, input, workFolder, signal } = running
  const { node, key, policy, onCheckpoint, once = false } = call
  const child = await pool.acquire(unit)
  try {
    // The key is uniform, so a part of it is a seed: the same one for every attempt.
    const seed = Number.parseInt(key.slice(0, 8), 16)
    return await child.run({
      step: node,
      key,
      input,
      workFolder,
      ...policy,
      seed,
      signal,
      onPeak: (mib) => observe.childPeak(node, mib),
      ...(onCheckpoint && { onCheckpoint }),
    })
  } finally {
    if (once) child.kill()
    else child.release()
  }
}
