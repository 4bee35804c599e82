import { setTimeout as pause } from 'node:timers/promises'
import { WithStartWorkflowOperation, WorkflowUpdateFailedError, type Client } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import type { Trigger } from '../../activities/launch/requests.ts'
import type { triggers } from '../../workflows/triggers.ts'
import type { Treated, TriggersStatus } from '../../workflows/triggers-state.ts'
import { CliError } from '../errors.ts'

export interface Listener {
  readonly client: Client
  readonly pipeline: string
  readonly taskQueue: string
}

const AGAIN_MILLIS = 15_000
const PAUSE_MILLIS = 250

type Accepted = Exclude<Treated, { readonly state: 'refused' }>

/** Sends a trigger; sent again it is the same run, so a lost answer costs nothing. Throws `trigger-refused`. */
export async function sendTrigger(listener: Listener, trigger: Trigger): Promise<Accepted> {
  const given = performance.now() + AGAIN_MILLIS
  while (true) {
    try {
      const treated = await send(listener, trigger)
      if (treated.state === 'refused') throw refused(trigger, treated.message)
      return treated
    } catch (error) {
      if (!(error instanceof WorkflowUpdateFailedError)) throw error
      const { cause } = error
      const continued = cause instanceof ApplicationFailure && cause.type === 'AcceptedUpdateCompletedWorkflow'
      if (!continued || performance.now() > given) throw refused(trigger, cause?.message ?? error.message)
      await pause(PAUSE_MILLIS)
    }
  }
}

function send(listener: Listener, trigger: Trigger): Promise<Treated> {
  const { client } = listener
  return client.workflow.executeUpdateWithStart<typeof triggers, Treated, [Trigger]>('trigger', {
    args: [trigger],
    startWorkflowOperation: new WithStartWorkflowOperation<typeof triggers>('triggers', startOf(listener)),
  })
}

/** Starts to listen to signals where nobody does, and answers what came so far. */
export async function listenTo(listener: Listener): Promise<TriggersStatus> {
  const handle = await listener.client.workflow.start<typeof triggers>('triggers', startOf(listener))
  return handle.query<TriggersStatus>('status')
}

function startOf({ pipeline, taskQueue }: Listener) {
  return {
    workflowId: `triggers:${pipeline}`,
    taskQueue,
    args: [{ pipeline }] as [{ readonly pipeline: string }],
    staticSummary: `${pipeline} • triggers`,
    workflowIdConflictPolicy: 'USE_EXISTING',
  } as const
}

function refused({ name, id }: Trigger, message: string): CliError {
  return new CliError('trigger-refused', {
    message: `trigger "${name}" starts nothing: ${message}`,
    remedy: `mend the payload, or the pipeline's triggers, and send it again with --id ${id}`,
  })
}
