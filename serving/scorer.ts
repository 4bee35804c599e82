import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { ServingError } from './errors.ts'
import type { FeatureRow } from './feature-batch.ts'
import type { ModelOrder } from './model-program.ts'
import { startModel, type ModelProcess } from './model-process.ts'

/** Scores rows by one model, many at a time, and starts its process again where it ended. */
export interface Scorer {
  readonly width: number
  /**
   * float32 [rows, width]. Throws `overloaded` where too much waits, `model-failed` where the process ended under it or a
   * row has no finite prediction, `not-ready` while the process starts again.
   */
  readonly score: (rows: readonly FeatureRow[]) => Promise<Float32Array>
  readonly close: () => Promise<void>
}

export interface ScorerOptions {
  /** How many rows a batch had. */
  readonly onBatch: (rows: number) => void
  /** The process ended by itself. */
  readonly onEnd: () => void
}

/** Rows that wait: at 30,000 a second a tenth of a second. */
const MOST_WAITING = 4096
const MOST_BATCH = 512
const RESTART_MILLIS = [0, 50, 500, 5000] as const
/** A process that ran this long did not end for how it started. */
const STEADY_MILLIS = 60_000

interface Waiting {
  readonly rows: readonly FeatureRow[]
  readonly resolve: (scores: Float32Array) => void
  readonly reject: (error: unknown) => void
}

/** What arrives in one turn of the event loop, or while a batch is under way, becomes the next batch. */
export async function startScorer(order: ModelOrder, { onBatch, onEnd }: ScorerOptions): Promise<Scorer> {
  let process: ModelProcess | undefined = await startModel(order)
  const { width } = process
  const queue: Waiting[] = []
  let waitingRows = 0
  let isRunning = false
  let isClosed = false

  async function run(): Promise<void> {
    isRunning = true
    await nextTurn()
    while (queue.length > 0) {
      const batch = nextBatch(queue)
      const rows = batch.flatMap((one) => one.rows)
      waitingRows -= rows.length
      onBatch(rows.length)
      try {
        hand(batch, { scores: await scoresOf(process, rows), width })
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    isRunning = false
  }

  async function keepAlive(): Promise<void> {
    let failures = 0
    while (process !== undefined) {
      const begun = performance.now()
      await process.ended
      process = undefined
      if (isClosed) return
      onEnd()
      // One that ends again and again is not started at once.
      failures = performance.now() - begun > STEADY_MILLIS ? 0 : failures + 1
      process = await startedAgain(failures)
    }
  }

  async function startedAgain(failures: number): Promise<ModelProcess | undefined> {
    await delay(RESTART_MILLIS[Math.min(failures, RESTART_MILLIS.length - 1)])
    if (isClosed) return undefined
    const started = await startModel(order).catch(() => startedAgain(failures + 1))
    if (isClosed) await started?.close()
    return started
  }

  const alive = keepAlive()
  return {
    width,
    score: (rows) => {
      if (process === undefined)
        return Promise.reject(
          new ServingError('not-ready', 'model: expected its process to run, got one that starts; ask again'),
        )
      if (waitingRows + rows.length > MOST_WAITING)
        return Promise.reject(
          new ServingError(
            'overloaded',
            `queue: expected at most ${MOST_WAITING} rows to wait, got more; ask again later`,
          ),
        )
      waitingRows += rows.length
      return new Promise((resolve, reject) => {
        queue.push({ rows, resolve, reject })
        if (!isRunning) void run()
      })
    },
    close: async () => {
      isClosed = true
      await process?.close()
      await alive
    },
  }
}

function scoresOf(process: ModelProcess | undefined, rows: readonly FeatureRow[]): Promise<Float32Array> {
  if (process !== undefined) return process.score(rows)
  return Promise.reject(new ServingError('model-failed', 'model: expected a prediction, got the end of its process'))
}

function nextBatch(queue: Waiting[]): readonly Waiting[] {
  let rows = 0
  const end = queue.findIndex((one) => (rows += one.rows.length) > MOST_BATCH)
  return queue.splice(0, end === -1 ? queue.length : Math.max(end, 1))
}

function hand(
  batch: readonly Waiting[],
  { scores, width }: { readonly scores: Float32Array; readonly width: number },
): void {
  let at = 0
  for (const { rows, resolve, reject } of batch) {
    const own = scores.subarray(at, (at += rows.length * width))
    if (own.every(Number.isFinite)) resolve(own)
    else reject(new ServingError('model-failed', 'model: expected a finite prediction, got none'))
  }
}
