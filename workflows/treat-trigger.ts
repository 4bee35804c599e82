import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/common'
import { isCancellation, ParentClosePolicy, startChild } from '@temporalio/workflow'
import type { Trigger } from '../activities/launch/requests.ts'
import { messageOf } from './failures.ts'
import { childOptions, place, type PlacedOrder } from './placing.ts'
import { runPipeline } from './run-pipeline.ts'
import type { Treated, Waiting } from './triggers-state.ts'

/** By which its run is named: `replay-7`. */
export function nameOf({ name, id }: Trigger): string {
  return `${name}-${id}`
}

/** Starts the run that a trigger asks for, if the plan takes its payload; the run goes on by itself. */
export async function treat(pipeline: string, { trigger, at }: Waiting): Promise<Treated> {
  try {
    const placed = await place({ pipeline, at, trigger }, nameOf(trigger))
    return placed.state === 'refused' ? placed : { state: await start(placed), run: placed.run }
  } catch (error) {
    if (isCancellation(error)) throw error
    return { state: 'refused', reason: 'not-placed', message: messageOf(error) }
  }
}

async function start(placed: PlacedOrder): Promise<'started' | 'known'> {
  try {
    await startChild(runPipeline, {
      ...childOptions(placed),
      // Closed or not: the same name and id is one run, as long as the server remembers it.
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      parentClosePolicy: ParentClosePolicy.ABANDON,
    })
    return 'started'
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'known'
    throw error
  }
}
