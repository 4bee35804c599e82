import { createHash } from 'node:crypto'
import { copyFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'
import { ChildPool } from '../../activities/children/pool.ts'
import { pythonEnvironments } from '../../activities/children/python-environment.ts'
import type { CodeUnit } from '../../activities/children/unit.ts'
import { machineCache } from '../../config/machine-cache.ts'
import type { Split } from '../../dsl/lifecycle/nodes.ts'
import type { LearningTask } from '../../dsl/metrics.ts'
import type { Json } from '../../dsl/plan.ts'
import { tabular, torch, type TrainerParams } from '../../dsl/trainer.ts'
import { aCall, temporaryFolder } from '../children/code-units.ts'

/** One for all calls: a process makes an environment once. */
const environmentOf = pythonEnvironments(machineCache(process.env))
const TRAINERS = resolve(import.meta.dirname, '../../trainers')

export type Program = 'tabular' | 'torch'
export type Algorithm = 'lightgbm' | 'linear' | 'random-forest' | 'mlp'

export function folderOf(program: Program): string {
  return join(TRAINERS, program)
}

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
  /** Default 0. */
  readonly gpus?: number
}

export interface Trained {
  readonly output: Json
  /** Bytes of `model.onnx`. */
  readonly model: Buffer
  readonly training: {
    readonly classes: readonly string[] | null
    readonly unknownCategory: unknown
    readonly device?: string
  }
  readonly trainingText: string
  /** Copies of what the trainer handed out. */
  readonly checkpoints: readonly { readonly number: number; readonly path: string }[]
  readonly progress: readonly Json[]
}

let children: ChildPool
/** Holds each program as its pack does. */
let programs: string

/** For `beforeAll`: the first use on a machine fetches the environment. Importing the libraries takes longer than a test's training. */
export async function startTrainer(program: Program = 'tabular'): Promise<() => Promise<void>> {
  await environmentOf(folderOf(program))
  const folder = await mkdtemp(join(tmpdir(), 'anneal-trainer-'))
  programs = join(folder, 'programs')
  for (const from of [join(TRAINERS, 'common'), folderOf(program)])
    await cp(from, join(programs, program), { recursive: true })
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
  const child = await children.acquire(await trainerUnit(job))
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

/** Trains until checkpoint `number` is told, kills the child then, and answers the checkpoint as a job takes it. */
export async function trainUntil(number: number, job: Job): Promise<Job['checkpoint']> {
  const call = await aCall()
  const child = await children.acquire(await trainerUnit(job))
  let kept: Job['checkpoint'] = null
  const running = child.run({
    ...call,
    memoryMib: 2048,
    input: jobInput(job),
    onCheckpoint: (checkpoint) => {
      if (checkpoint.number !== number) return
      kept = { segment: number, path: checkpoint.path }
      child.kill()
    },
  })
  await expect(running).rejects.toMatchObject({ code: 'task-crashed' })
  return kept
}

function trainerUnit({ algorithm }: Job): Promise<CodeUnit> {
  const program = algorithm === 'mlp' ? 'torch' : 'tabular'
  return pythonUnit(join(programs, program), { script: 'train.py', program })
}

/** A script that runs in a trainer's environment, which is made once on a machine. */
export async function pythonUnit(
  folder: string,
  { script, program }: { readonly script: string; readonly program: Program },
): Promise<CodeUnit> {
  const python = await environmentOf(folderOf(program))
  if (python === undefined) throw new Error('expected the trainer to have a lock file')
  const digest = createHash('sha256').update(folder).update(script).digest('hex')
  return { language: 'python', digest, folder, script, python, inputSchema: {}, outputSchema: {} }
}

function jobInput({ table, checkpoint, algorithm, params, split, ...job }: Job): Json {
  const { schema } = algorithm === 'mlp' ? torch() : tabular({ algorithm })
  return {
    gpus: 0,
    ...job,
    features: job.features.map((feature) => ({ ...feature })),
    algorithm,
    params: { ...schema.parse(params) },
    split: { ...split },
    seed: 11,
    table: { $file: table },
    checkpoint: checkpoint && { segment: checkpoint.segment, file: { $file: checkpoint.path } },
    // Threads that wait for each other starve where other tests run.
    threads: 1,
  }
}
