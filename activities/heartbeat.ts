import { Context } from '@temporalio/activity'

/**
 * Heartbeats from entry to end, three times within the activity's own limit, whatever `work` does.
 * Only heartbeats bring a cancellation in: `signal` then aborts. `details`: what the Temporal UI shows meanwhile.
 */
export async function whileHeartbeating<T>(
  work: (signal: AbortSignal) => Promise<T>,
  details: () => unknown = () => undefined,
): Promise<T> {
  const context = Context.current()
  const { heartbeatTimeoutMs } = context.info
  const timer =
    heartbeatTimeoutMs === undefined
      ? undefined
      : setInterval(() => context.heartbeat(details()), heartbeatTimeoutMs / 3)
  try {
    return await work(context.cancellationSignal)
  } finally {
    clearInterval(timer)
  }
}
