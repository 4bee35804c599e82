import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { engineProgram } from '../store/engine-program.ts'
import { ServingError } from './errors.ts'
import { encodeBatch, type FeatureRow } from './feature-batch.ts'
import { frame, onFrames } from './frames.ts'
import type { ModelOrder, ModelReady } from './model-program.ts'

/** A model that runs in a process of its own. */
export interface ModelProcess {
  readonly pid: number
  /** Numbers a prediction. */
  readonly width: number
  /** float32 [rows, width], NaN where a row has no finite prediction. Rejects where the process ends meanwhile or takes too long. */
  readonly score: (rows: readonly FeatureRow[]) => Promise<Float32Array>
  /** Settles when the process has ended. */
  readonly ended: Promise<void>
  readonly close: () => Promise<void>
}

const LOAD_MILLIS = 60_000
/** Of one batch: a model that takes longer does not answer online. */
const BATCH_MILLIS = 5000

/** Throws `not-loadable` where the model is refused or the process does not become ready. */
export async function startModel(order: ModelOrder): Promise<ModelProcess> {
  const child = spawnChild()
  const channel = channelOf(child)
  const answers = answersOf(channel, child)
  const ask = (payload: Uint8Array, withinMillis: number): Promise<Buffer> => {
    const late = setTimeout(() => child.kill('SIGKILL'), withinMillis)
    channel.write(frame(payload))
    return answers.next().finally(() => clearTimeout(late))
  }
  const close = async (): Promise<void> => {
    channel.destroy()
    child.kill('SIGKILL')
    await answers.ended
  }
  try {
    // Written by `model-program.ts`.
    const ready = JSON.parse(String(await ask(Buffer.from(JSON.stringify(order)), LOAD_MILLIS))) as ModelReady
    if ('refused' in ready) throw new ServingError('not-loadable', ready.refused)
    const score = async (rows: readonly FeatureRow[]): Promise<Float32Array> =>
      floatsOf(await ask(encodeBatch(order.signature.features, rows), BATCH_MILLIS))
    return { pid: child.pid ?? 0, width: ready.width, score, ended: answers.ended, close }
  } catch (error) {
    await close()
    if (error instanceof ServingError && error.code === 'not-loadable') throw error
    throw new ServingError('not-loadable', 'model: expected its process to load it, got the end of the process')
  }
}

/** Of the environment it gets what a program needs to run, and no settings or secrets. */
function spawnChild(): ChildProcess {
  const [program, ...args] = engineProgram('serving/model-program.ts')
  return spawn(program, args, {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TMPDIR: process.env['TMPDIR'] ?? '/tmp' },
  })
}

function channelOf({ stdio, stdin }: ChildProcess): Socket {
  stdin?.on('error', () => {})
  const [, , , channel] = stdio
  if (!(channel instanceof Socket)) throw new TypeError('model process: expected a channel on descriptor 3')
  return channel
}

interface Answers {
  /** In the order of what was asked. */
  readonly next: () => Promise<Buffer>
  readonly ended: Promise<void>
}

function answersOf(channel: Socket, child: ChildProcess): Answers {
  const waiting: { readonly resolve: (payload: Buffer) => void; readonly reject: (error: Error) => void }[] = []
  let isOver = false
  const over = (): void => {
    isOver = true
    for (const { reject } of waiting.splice(0)) reject(ended())
  }
  onFrames(channel, (payload) => waiting.shift()?.resolve(payload))
  channel.on('error', over).once('close', over)
  child.once('error', over)
  return {
    next: () =>
      isOver ? Promise.reject(ended()) : new Promise((resolve, reject) => waiting.push({ resolve, reject })),
    ended: once(child, 'exit').then(over, over),
  }
}

function ended(): ServingError {
  return new ServingError('model-failed', 'model: expected a prediction, got the end of its process')
}

function floatsOf(payload: Buffer): Float32Array {
  return new Float32Array(payload.buffer.slice(payload.byteOffset, payload.byteOffset + payload.byteLength))
}
