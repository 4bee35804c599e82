import { ActivityError } from '../errors.ts'
import type { Call } from './child.ts'
import type { ChildProcess } from './child-process.ts'
import { memoryWatch } from './memory-use.ts'

export interface CallLimits {
  /** Lifts the limits. Answers why they ended the child, once it is gone; `undefined`: they did not. */
  end(): Promise<unknown> | undefined
}

/** Between the abort that the code sees and its end by force. */
const GRACE_MILLIS = 200
const MEMORY_POLL_MILLIS = 50

/** Ends a child that takes too long, takes too much memory, or is no longer wanted. */
export function limitCall(child: ChildProcess, call: Call): CallLimits {
  let stopped: { readonly reason: unknown } | undefined
  let grace: NodeJS.Timeout | undefined
  let peak = 0
  const stop = (reason: unknown, graceMillis: number): void => {
    if (stopped !== undefined) return
    stopped = { reason }
    child.send({ type: 'abort' })
    grace = setTimeout(() => child.kill(), graceMillis)
  }
  const abort = (): void => stop(call.signal?.reason, GRACE_MILLIS)
  const timeout = setTimeout(() => stop(timedOut(call), GRACE_MILLIS), call.timeoutMillis)
  const memoryMib = memoryWatch(child.identity.pid)
  const memory = setInterval(() => {
    const mib = memoryMib()
    if (mib > peak) call.onPeak?.((peak = mib))
    if (mib <= call.memoryMib) return
    stop(outOfMemory(call, mib), 0)
    child.kill()
  }, MEMORY_POLL_MILLIS)
  call.signal?.addEventListener('abort', abort, { once: true })
  return {
    end: () => {
      clearTimeout(timeout)
      clearInterval(memory)
      call.signal?.removeEventListener('abort', abort)
      if (stopped === undefined) return undefined
      const { reason } = stopped
      clearTimeout(grace)
      child.kill()
      return child.exited.then(() => reason)
    },
  }
}

function timedOut({ step, timeoutMillis }: Call): ActivityError {
  const message = `task "${step}": expected to end within ${timeoutMillis} ms, got no end; raise its timeout`
  return new ActivityError('task-timed-out', { message, retry: true })
}

function outOfMemory({ step, memoryMib }: Call, mib: number): ActivityError {
  const message = `task "${step}": expected up to ${memoryMib} MiB of memory, got ${Math.ceil(mib)} MiB; raise its memory`
  return new ActivityError('task-out-of-memory', { message, retry: false })
}
