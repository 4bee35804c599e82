import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow'
import type { NodeState, RunState } from './run-state.ts'

/** What went wrong, in the words of the innermost cause that has any. */
export function messageOf(error: unknown): string {
  const isOuter = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure
  if (isOuter && error.cause !== undefined) return messageOf(error.cause)
  if (error instanceof TimeoutFailure) return timeoutMessage(error)
  return error instanceof Error ? error.message : String(error)
}

/** What a node has come to that ended with `error`. */
export function failedState(error: unknown): NodeState {
  const code = codeOf(error)
  return { state: 'failed', message: messageOf(error), ...(code === undefined ? {} : { code }) }
}

/** The type of the innermost failure: a code of ours, or the name of a class where the engine has a defect. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof ApplicationFailure) return error.type ?? undefined
  if (error instanceof TimeoutFailure && error.timeoutType === 'START_TO_CLOSE') return 'task-timed-out'
  return error instanceof Error ? codeOf(error.cause) : undefined
}

function timeoutMessage({ timeoutType, cause }: TimeoutFailure): string {
  const limit = limitText(timeoutType)
  return cause === undefined ? limit : `${limit}; last failure: ${messageOf(cause)}`
}

function limitText(timeoutType: TimeoutFailure['timeoutType']): string {
  switch (timeoutType) {
    case 'HEARTBEAT':
      return 'no heartbeat within its limit (worker dead or stuck)'
    case 'START_TO_CLOSE':
      return 'expected to end within its timeout, got no end; raise its timeout'
    default:
      return `${String(timeoutType).toLowerCase()} timeout`
  }
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

/** Of nodes of one kind that all fail the first ones say it; a message is up to 4 KiB, and a failure is to stay under 64. */
const MOST_NAMED = 15

/** Ends the run as failed, naming the nodes that did, with the codes of all failures as `{ codes }` in the details. */
export function nodesFailed({ nodes, states }: RunState): ApplicationFailure {
  const failed = nodes.flatMap(({ id }) => {
    const state = states.get(id)
    return state?.state === 'failed' ? [{ id, ...state }] : []
  })
  const lines = failed.slice(0, MOST_NAMED).map(({ id, message }) => `node "${id}": ${message}`)
  const more = failed.length > MOST_NAMED ? [`and ${failed.length - MOST_NAMED} more nodes`] : []
  const failure = ApplicationFailure.create({
    type: 'node-failed',
    nonRetryable: true,
    message: [...lines, ...more].join('\n'),
    details: [{ codes: [...new Set(failed.flatMap(({ code }) => code ?? []))] }],
  })
  // Where in the engine it was made helps nobody, and names folders of this machine in the history.
  failure.stack = ''
  return failure
}
