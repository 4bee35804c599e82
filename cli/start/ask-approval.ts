import { decideCommand } from '../approvals/decide-command.ts'
import { asCliError } from '../as-cli-error.ts'
import { wantsColour } from '../colour.ts'
import { formatError } from '../print-error.ts'
import type { DemoPerson } from './people.ts'
import { tell } from './tell.ts'

const HOUR_MILLIS = 3_600_000

export interface Asking {
  /** In the order in which they sign. */
  readonly approvers: readonly DemoPerson[]
  readonly unattended: boolean
}

/**
 * Shows the evidence of what a run waits for and has demonstration's approvers sign: once asked in the terminal, unattended
 * at once. What cannot be decided here, or is not meant, waits for `anneal approve` or `anneal reject`. Never throws.
 */
export async function askApproval(run: string, { approvers, unattended }: Asking): Promise<void> {
  for (const { person, roles } of approvers) {
    const later = `${run} waits: npx anneal approve ${run} --as ${person}, or reject`
    if (!unattended && !process.stdin.isTTY) return tell(later)
    const role = roles.join(', ')
    tell(`\n${run} waits for approval; ${person} has the role "${role}", by a demonstration's key that lies here\n`)
    if (!(await isApproved(run, { person, unattended }))) return tell(later)
  }
}

async function isApproved(
  run: string,
  { person, unattended }: { readonly person: string; readonly unattended: boolean },
): Promise<boolean> {
  const comment = unattended ? 'unattended demonstration' : 'demonstration'
  try {
    const flags = { as: person, expires: HOUR_MILLIS, yes: unattended, comment }
    return (await decideCommand(run, { ...flags, decision: 'approve' })) === 0
  } catch (error) {
    const text = formatError(asCliError(error), { colour: wantsColour(process.stderr), stack: false, json: false })
    process.stderr.write(text)
    return false
  }
}
