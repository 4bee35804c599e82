import { loadSettings } from '../../config/settings.ts'
import { startDev } from '../dev/start-dev.ts'
import { runIdOf } from '../../activities/order.ts'
import type { Plan } from '../../dsl/plan.ts'
import { runFile } from '../run/run-command.ts'
import { manualCause } from '../run/run-id.ts'
import { askApproval } from './ask-approval.ts'
import { exampleLoop } from './example-loop.ts'
import { approversOf, AUTHOR, enrolDemoPeople, type DemoPerson } from './people.ts'
import { machineryRows, shown } from './staying-up.ts'
import { untilAsked } from '../until-asked.ts'
import { tell } from './tell.ts'

export interface StartOptions {
  /** Ends after the run, or after the example's loop; nobody is asked. */
  readonly once?: boolean
  /** `name=value` each. */
  readonly param: readonly string[]
  /** Event time at which the example's replay ends, ISO 8601. Default: where its days end. */
  readonly until?: string
}

/**
 * `anneal start`: brings Temporal and a worker up, runs a pipeline, and stays up unless `once`. Without a file it is the
 * example's whole loop. Another start goes on where this one was. Answers the exit code.
 */
export function startCommand(file: string | undefined, options: StartOptions): Promise<number> {
  return file === undefined ? exampleLoop(options) : startFile(file, options)
}

async function startFile(file: string, { once = false, param }: StartOptions): Promise<number> {
  const dev = await startDev(loadSettings(), { report: tell })
  try {
    const code = await run(file, { param, once })
    if (once || code !== 0) return code
    tell(shown(machineryRows(dev)))
    await untilAsked()
    return 0
  } finally {
    await dev.stop()
  }
}

/** Demonstration's people order a run that asks for approval, and sign. */
function run(
  file: string,
  { param, once }: { readonly param: readonly string[]; readonly once: boolean },
): Promise<number> {
  const cause = manualCause(new Date())
  let approvers: readonly DemoPerson[] = []
  let pipeline = ''
  const as = async (draft: Plan): Promise<string | undefined> => {
    approvers = approversOf(draft)
    pipeline = draft.pipeline
    if (approvers.length === 0) return undefined
    await enrolDemoPeople([AUTHOR, ...approvers])
    return AUTHOR.person
  }
  const attend = (): Promise<void> => askApproval(runIdOf(pipeline, cause), { approvers, unattended: once })
  // Read again: the address is that of the server just started.
  return runFile(file, { settings: loadSettings(), options: { param, cause, as, attend } })
}
