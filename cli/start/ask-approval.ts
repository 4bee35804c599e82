import { decideCommand } from '../approvals/decide-command.ts'
import { asCliError } from '../as-cli-error.ts'
import { wantsColour } from '../colour.ts'
import { formatError } from '../print-error.ts'
import { EXAMPLE } from './example.ts'
import { tell } from './tell.ts'

const HOUR_MILLIS = 3_600_000

/**
 * Shows the evidence of what a run waits for and has the example's approver sign: once asked in the terminal, unattended
 * at once. What cannot be decided here, or is not meant, waits for `anneal approve` or `anneal reject`. Never throws.
 */
export async function askApproval(run: string, { unattended }: { readonly unattended: boolean }): Promise<void> {
  const { person } = EXAMPLE.approver
  const later = `${run} waits: npx anneal approve ${run} --as ${person}, or reject`
  if (!unattended && !process.stdin.isTTY) return tell(later)
  tell(`\n${run} waits for approval; ${person} has the role, by a demonstration's key that lies here\n`)
  try {
    const flags = {
      as: person,
      expires: HOUR_MILLIS,
      yes: unattended,
      comment: unattended ? 'unattended demonstration' : '',
    }
    const code = await decideCommand(run, { ...flags, decision: 'approve' })
    if (code !== 0) tell(later)
  } catch (error) {
    process.stderr.write(
      formatError(asCliError(error), { colour: wantsColour(process.stderr), stack: false, json: false }),
    )
    tell(later)
  }
}
