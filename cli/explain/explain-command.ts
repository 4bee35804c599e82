import { CliError, exitCodeOf, isCliErrorCode } from '../errors.ts'
import { CATALOGUE } from './catalogue.ts'

/** `anneal explain CODE`. Throws `usage` for a code that there is not. */
export function explainCommand(code: string): void {
  const explained = CATALOGUE[code]
  if (explained === undefined) {
    throw new CliError('usage', {
      message: `"${code}" is no code of an error`,
      expected: 'a code such as store-full, as an error prints it or as the type of a failure in the Temporal UI',
      got: `"${code}"`,
      remedy: 'see docs/errors.md for all of them',
    })
  }
  const exit = isCliErrorCode(code) ? [`exit      ${exitCodeOf(code)}`] : []
  process.stdout.write(
    `${[code, `because   ${explained.cause}`, `remedy    ${explained.remedy}`, ...exit].join('\n')}\n`,
  )
}
