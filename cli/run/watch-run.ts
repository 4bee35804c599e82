import { setMaxListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { RunResult } from '../../workflows/run-pipeline.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import type { Progress } from './progress.ts'
import type { RunHandle } from './start-run.ts'

const FIRST_LOOK_MILLIS = 60
const LONGEST_WAIT_MILLIS = 700
const LAST_LOOK_MILLIS = 2000

export interface Watching {
  readonly progress: Progress
  readonly interrupted: Promise<'interrupted'>
}

/**
 * Answers the run's result once it is there, or that somebody interrupted; meanwhile, and once more at the end, hands on
 * what the run says of itself.
 */
export async function watchRun(
  handle: RunHandle,
  { progress, interrupted }: Watching,
): Promise<RunResult | 'interrupted'> {
  const ended = new AbortController()
  // What still asks the server when nobody waits any more would keep this process alive for 20 seconds.
  const calls = new AbortController()
  const { client } = handle
  // The client adds a listener for each of its calls, one every 20 seconds, and removes none.
  setMaxListeners(0, calls.signal)
  const looking = look(handle, { progress, signal: ended.signal, calls: calls.signal })
  const result = client.withAbortSignal(calls.signal, () => handle.result())
  result.catch(() => {})
  let end: RunResult | 'interrupted' | undefined
  try {
    end = await Promise.race([result, interrupted])
    return end
  } finally {
    ended.abort(end)
    if (end !== 'interrupted') await Promise.race([looking, pause(LAST_LOOK_MILLIS, undefined, { ref: false })])
    calls.abort()
  }
}

interface Looking {
  readonly progress: Progress
  /** Aborted at the end of the run, or by `interrupted`. */
  readonly signal: AbortSignal
  /** Aborted when no call may go on. */
  readonly calls: AbortSignal
}

async function look(handle: RunHandle, { progress, signal, calls }: Looking): Promise<void> {
  let last = false
  for (let wait = FIRST_LOOK_MILLIS; !last; wait = Math.min(wait * 1.5, LONGEST_WAIT_MILLIS)) {
    await pause(wait, undefined, { signal }).catch(() => {})
    if (signal.reason === 'interrupted') return
    last = signal.aborted
    // A query needs a worker; without one the run waits, and so does its picture.
    const status = await queryStatus(handle, calls).catch(() => undefined)
    if (last || !signal.aborted) progress.show(status)
  }
}

/** Each query has a signal of its own, which goes together with the listener that the client leaves on it. */
async function queryStatus(handle: RunHandle, calls: AbortSignal): Promise<RunStatus> {
  const call = new AbortController()
  const abort = (): void => call.abort()
  calls.addEventListener('abort', abort)
  try {
    return await handle.client.withAbortSignal(call.signal, () => handle.query<RunStatus>('status'))
  } finally {
    calls.removeEventListener('abort', abort)
  }
}
