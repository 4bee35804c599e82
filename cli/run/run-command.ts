import { loadSettings, type Settings } from '../../config/settings.ts'
import type { Plan } from '../../dsl/plan.ts'
import { trialOf } from '../../dsl/trial.ts'
import { openStore } from '../../store/open-store.ts'
import { prepare } from '../pipeline-file/prepare.ts'
import { requireWritable } from '../require-writable.ts'
import { clockOf } from './clock.ts'
import { enrolledPerson, type EnrolledPerson } from '../approvals/enrolled-person.ts'
import { parametersOf } from './parameters.ts'
import { requireOrderer } from './require-orderer.ts'
import type { ApprovalStatus } from '../../workflows/run-status.ts'
import type { RunDesk } from './run-desk.ts'

export interface RunOptions {
  /** `name=value` each. */
  readonly param: readonly string[]
  /** Names the run: `run:<pipeline>:<cause>`. Default: the time and a random part. */
  readonly cause?: string
  /** Event seconds a wall second, from `asOf` on. Default: event time is wall time. */
  readonly speed?: number
  /** The enrolled person who orders the run, or who that is once it is known what the run asks for. */
  readonly as?: string | ((draft: Plan) => Promise<string | undefined>)
  /** File of that person's private key. Default: the one in the keys folder. */
  readonly key?: string
  /** Start it and return. */
  readonly detach?: boolean
  readonly json?: boolean
  /** Called once for each approval that the run asks for; nothing is drawn until it settles. */
  readonly attend?: (asked: ApprovalStatus) => Promise<void>
  /** Share of each source's rows, for a run that ends with the evaluation. Default: a run of all of it. */
  readonly trial?: number
}

/** Starts the run of a pipeline file and follows it to its end. Answers the exit code. */
export function runCommand(file: string, options: RunOptions): Promise<number> {
  return runFile(file, { settings: loadSettings(), options })
}

/** The same with settings given, for `anneal start`. */
export async function runFile(
  file: string,
  { settings, options }: { readonly settings: Settings; readonly options: RunOptions },
): Promise<number> {
  await requireWritable(settings)
  const store = openStore(settings.store)
  // Loading Temporal's client takes 0.3 s, which the compiler needs for the types in a process of its own.
  const loading = import('./run-desk.ts')
  let desk: RunDesk | undefined
  let orderer: EnrolledPerson | undefined
  /** Refuses whatever can be refused before the store holds anything of the plan. */
  const approve = async (draft: Plan): Promise<void> => {
    parametersOf(draft, options.param)
    clockOf(draft, options)
    const as = typeof options.as === 'function' ? await options.as(draft) : options.as
    requireOrderer(draft, as)
    if (as !== undefined) orderer = await enrolledPerson(as, { settings, store, key: options.key })
    desk = await (await loading).openRunDesk(draft, settings)
  }
  try {
    const prepared = await prepare(file, {
      settings,
      store,
      approve,
      ...(options.trial !== undefined && { reshape: trialPlan(options.trial) }),
    })
    if (desk === undefined) throw new Error('run: expected the plan to be approved before it is stored')
    return await desk.run(prepared, { store, options, orderer })
  } finally {
    await desk?.close()
  }
}

function trialPlan(share: number): (plan: Plan) => Plan {
  return (plan) => trialOf(plan, share)
}
