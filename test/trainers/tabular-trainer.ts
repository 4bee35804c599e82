import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ChildPool } from '../../activities/children/pool.ts'
import { pythonEnvironments } from '../../activities/children/python-environment.ts'
import type { CodeUnit } from '../../activities/children/unit.ts'
import { machineCache } from '../../config/machine-cache.ts'
import type { Split } from '../../dsl/lifecycle/nodes.ts'
import type { LearningTask } from '../../dsl/metrics.ts'
import type { Json } from '../../dsl/plan.ts'
import { tabular, type TrainerParams } from '../../dsl/trainer.ts'
import { aCall, temporaryFolder } from '../children/code-units.ts'

/** One for all calls: a process makes an environment once. */
const environmentOf = pythonEnvironments(machineCache(process.env))
const FOLDER = resolve(import.meta.dirname, '../../trainers/tabular')

export type Algorithm = 'lightgbm' | 'linear' | 'random-forest'

export interface Job {
  /** Path of a feature table. */
  readonly table: string
  readonly features: readonly { readonly name: string; readonly type: 'number' | 'boolean' | 'string' }[]
  readonly task: LearningTask
  readonly algorithm: Algorithm
  /** Those left out have their defaults. */
  readonly params: TrainerParams
  readonly split: Split
  readonly asOf: string | null
  readonly checkpoint: { readonly segment: number; readonly path: string } | null
}

export interface Trained {
  readonly output: Json
  /** Bytes of `model.onnx`. */
  readonly model: Buffer
  readonly training: { readonly classes: readonly string[] | null; readonly unknownCategory: unknown }
  readonly trainingText: string
  /** Copies of what the trainer handed out. */
  readonly checkpoints: readonly { readonly number: number; readonly path: string }[]
  readonly progress: readonly Json[]
}

let children: ChildPool

/** For `beforeAll`: the first use on a machine fetches some 150 MB. Importing the libraries takes longer than a test's training. */
export async function startTrainer(): Promise<() => Promise<void>> {
  await environmentOf(FOLDER)
  const folder = await mkdtemp(join(tmpdir(), 'anneal-trainer-'))
  children = new ChildPool({ folder, maxIdle: 1 })
  return async () => {
    await children.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Trains in a child, as the engine does. */
export async function train(job: Job): Promise<Trained> {
  const [call, kept] = [await aCall(), await temporaryFolder()]
  const [checkpoints, progress, copies]: [{ number: number; path: string }[], Json[], Promise<void>[]] = [[], [], []]
  const child = await children.acquire(await pythonUnit(FOLDER, 'train.py'))
  const running = child.run({
    ...call,
    memoryMib: 2048,
    input: jobInput(job),
    onProgress: (text) => progress.push(JSON.parse(text) as Json), // written by the child as JSON
    onCheckpoint: ({ number, path }) => {
      const copy = join(kept, String(number))
      checkpoints.push({ number, path: copy })
      copies.push(copyFile(path, copy))
    },
  })
  const output = await running.finally(() => child.release())
  await Promise.all(copies)
  const trainingText = await readFile(join(call.workFolder, 'training.json'), 'utf8')
  const model = await readFile(join(call.workFolder, 'model.onnx'))
  return { output, model, training: JSON.parse(trainingText), trainingText, checkpoints, progress }
}

/** A unit that runs in the trainer's environment, which is made once on a machine. */
export async function pythonUnit(folder: string, script: string): Promise<CodeUnit> {
  const python = await environmentOf(FOLDER)
  if (python === undefined) throw new Error('expected the trainer to have a lock file')
  const digest = createHash('sha256').update(folder).update(script).digest('hex')
  return { language: 'python', digest, folder, script, python, inputSchema: {}, outputSchema: {} }
}

function jobInput({ table, checkpoint, algorithm, params, split, ...job }: Job): Json {
  return {
    ...job,
    features: job.features.map((feature) => ({ ...feature })),
    algorithm,
    params: { ...tabular({ algorithm }).schema.parse(params) },
    split: { ...split },
    seed: 11,
    table: { $file: table },
    checkpoint: checkpoint && { segment: checkpoint.segment, file: { $file: checkpoint.path } },
    // Threads that wait for each other starve where other tests run.
    threads: 1,
  }
}
