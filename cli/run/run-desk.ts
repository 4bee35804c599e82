import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Settings } from '../../config/settings.ts'
import type { Plan } from '../../dsl/plan.ts'
import type { OpenStore } from '../../store/open-store.ts'
import type { EnrolledPerson } from '../approvals/enrolled-person.ts'
import { appendAppliedPlan } from '../../store/applied-plans.ts'
import type { Prepared } from '../pipeline-file/prepare.ts'
import { followRun } from './follow-run.ts'
import { untilInterrupted } from './interruption.ts'
import { clockOf } from './clock.ts'
import { parametersOf } from './parameters.ts'
import { requireWorkers } from './require-workers.ts'
import type { RunOptions } from './run-command.ts'
import { manualCause } from './run-id.ts'
import { startRun } from './start-run.ts'
import { connectClient } from './temporal-client.ts'
import { tellTrial } from './trial-end.ts'

/** All of `anneal run` that needs Temporal's client, which is slow to load. */
export interface RunDesk {
  /** Starts the run of a stored plan and follows it. Answers the exit code. Throws `run-failed`. */
  readonly run: (
    prepared: Prepared,
    given: { readonly store: OpenStore; readonly options: RunOptions; readonly orderer: EnrolledPerson | undefined },
  ) => Promise<number>
  readonly close: () => Promise<void>
}

/** Connects to a server whose workers serve the plan's queues. Throws `temporal-unreachable`, `no-worker`. */
export async function openRunDesk(draft: Plan, settings: Settings): Promise<RunDesk> {
  const client = await connectClient(settings)
  try {
    await requireWorkers(client, draft, { base: settings.queue })
  } catch (error) {
    await client.connection.close()
    throw error
  }
  return {
    run: async (prepared, { store, options, orderer }) => {
      const interrupted = untilInterrupted()
      const started = await startRun(client, store.artifacts, {
        plan: prepared.plan,
        planDigest: prepared.planDigest,
        parameters: parametersOf(prepared.plan, options.param),
        cause: options.cause ?? `${options.trial === undefined ? '' : 'trial-'}${manualCause(new Date())}`,
        taskQueue: settings.queue,
        ...clockOf(prepared.plan, options),
        requestedBy: orderer?.person ?? userInfo().username,
        ...(orderer && { orderer }),
      })
      const { trial } = options
      // What is applied is what runs: a trial's plan is nobody's to compare with.
      if (trial === undefined) await appendAppliedPlan(store.objects, prepared)
      const code = await followRun(started, { store, options, interrupted })
      if (trial !== undefined && code !== 130) {
        await tellTrial(started.handle, { store, folder: join(settings.stateFolder, 'trials', prepared.plan.pipeline) })
      }
      return code
    },
    close: () => client.connection.close(),
  }
}
