import { CancelledFailure, TerminatedFailure, WorkflowFailedError } from '@temporalio/client'
import { CliError } from '../errors.ts'

/** What a run that did not complete ended in, as a fault; other errors as they are. */
export function runFailed(run: string, error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError)) return error
  const { cause } = error
  if (cause instanceof CancelledFailure || cause instanceof TerminatedFailure) return stopped(run, error)
  return new CliError('run-failed', {
    message: `run "${run}" failed`,
    details: (cause?.message ?? error.message).split('\n').map(withoutRepetition),
    remedy: 'mend the cause and run it again: nodes that are done are reused',
    cause: error,
  })
}

function stopped(run: string, error: WorkflowFailedError): CliError {
  const how = error.cause instanceof CancelledFailure ? 'cancelled' : 'terminated'
  return new CliError('run-failed', {
    message: `run "${run}" was ${how}`,
    remedy: 'run it again to go on: nodes that are done are reused',
    cause: error,
  })
}

/** `node "split": task "split" threw …` names it twice. */
function withoutRepetition(line: string): string {
  return line.replace(/^(node (".+?")): (?:task|python) \2 /, '$1 ')
}
