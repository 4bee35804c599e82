import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow'
import type { RunState } from './run-state.ts'

/** What went wrong, in the words of the innermost cause that has any. */
export function messageOf(error: unknown): string {
  const isOuter = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure
  if (isOuter && error.cause !== undefined) return messageOf(error.cause)
  if (error instanceof TimeoutFailure) return timeoutMessage(error)
  return error instanceof Error ? error.message : String(error)
}

function timeoutMessage({ timeoutType, cause }: TimeoutFailure): string {
  const limit =
    timeoutType === 'HEARTBEAT'
      ? 'no heartbeat within its limit (worker dead or stuck)'
      : `${String(timeoutType).toLowerCase()} timeout`
  return cause === undefined ? limit : `${limit}; last failure: ${messageOf(cause)}`
}

/** No further node starts after a failure or a cancellation; either says more than a verdict, or that the run was to continue as new. */
export function stopFor(run: RunState, error: unknown): void {
  if (run.stopping !== 'failed' && run.stopping !== 'cancelled')
    run.stopping = isCancellation(error) ? 'cancelled' : 'failed'
}

/** Nor after an answer that decides the run. */
export function decide(run: RunState): void {
  if (run.stopping === false || run.stopping === 'continuing') run.stopping = 'decided'
}

/** Ends the run as failed, naming every node that did. */
export function nodesFailed({ nodes, states }: RunState): ApplicationFailure {
  const lines = nodes.flatMap(({ id }) => {
    const state = states.get(id)
    return state?.state === 'failed' ? [`node "${id}": ${state.message}`] : []
  })
  const failure = ApplicationFailure.create({ type: 'node-failed', nonRetryable: true, message: lines.join('\n') })
  // Where in the engine it was made helps nobody, and names folders of this machine in the history.
  failure.stack = ''
  return failure
}
