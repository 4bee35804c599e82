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

/** How long a listener that continues as new, or is flooded, may take. */
const AGAIN_MILLIS = 15_000
const PAUSE_MILLIS = 250

type Refused = Extract<Treated, { readonly state: 'refused' }>
type Accepted = Exclude<Treated, Refused>

/** Sends a trigger; sent again it is the same run, so a lost answer costs nothing. Throws `trigger-refused`. */
export async function sendTrigger(listener: Listener, trigger: Trigger): Promise<Accepted> {
  const given = performance.now() + AGAIN_MILLIS
  while (true) {
    const treated = await send(listener, trigger).catch(refusalIn)
    if (treated.state !== 'refused') return treated
    if (!PASSING.has(treated.reason) || performance.now() > given) throw refused(trigger, treated)
    await pause(PAUSE_MILLIS)
  }
}

/** There was no room; or the listener continued as new when it had taken the trigger, and may know it by now. */
const PASSING: ReadonlySet<string> = new Set(['too-many', 'AcceptedUpdateCompletedWorkflow'])

/** Refused by its shape, before it was taken. Throws other errors as they are. */
function refusalIn(error: unknown): Refused {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined
  if (!(cause instanceof ApplicationFailure)) throw error
  return { state: 'refused', reason: cause.type ?? 'malformed', message: cause.message }
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

function refused({ name, id }: Trigger, { reason, message }: Refused): CliError {
  const remedy = PASSING.has(reason)
    ? `send it again later, with --id ${id}`
    : `mend the payload, or the pipeline's triggers, and send it again with --id ${id}`
  return new CliError('trigger-refused', { message: `trigger "${name}" starts nothing: ${message}`, remedy })
}
