import { CliError } from '../errors.ts'

/** `status`: what the run has come to, in Temporal's word. */
export function runOver(run: string, status: string): CliError {
  return new CliError('run-over', {
    message: `run "${run}" is over already: ${status}`,
    expected: 'a run that goes on',
    got: status,
    remedy: 'list the latest runs with `anneal status`',
  })
}
