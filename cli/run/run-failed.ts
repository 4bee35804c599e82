import { ApplicationFailure, CancelledFailure, TerminatedFailure, WorkflowFailedError } from '@temporalio/client'
import { z } from 'zod'
import { CliError } from '../errors.ts'
import { CATALOGUE } from '../explain/catalogue.ts'

/** What `nodesFailed` of the workflows tells beside its message. */
const Failed = z.object({ codes: z.array(z.string()) })

/** What a run that did not complete ended in, as a fault; other errors as they are. */
export function runFailed(run: string, error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError)) return error
  const { cause } = error
  if (cause instanceof CancelledFailure || cause instanceof TerminatedFailure) return stopped(run, error)
  return new CliError('run-failed', {
    message: `run "${run}" failed`,
    details: (cause?.message ?? error.message).split('\n').map(withoutRepetition),
    codes: codesOf(cause),
    remedy: 'mend the cause and run it again: nodes that are done are reused',
    cause: error,
  })
}

/** A defect of the engine has no code that could be explained. */
function codesOf(failure: unknown): readonly string[] {
  const told = Failed.safeParse(failure instanceof ApplicationFailure ? failure.details?.[0] : undefined)
  return told.success ? told.data.codes.filter((code) => Object.hasOwn(CATALOGUE, code)) : []
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
  return line.replace(/^(node (".+?")): (?:task|python|node) \2(:?) /, '$1$3 ')
}
