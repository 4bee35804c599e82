import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/common'
import { condition, isCancellation, ParentClosePolicy, startChild } from '@temporalio/workflow'
import type { RetrainDecision } from '../activities/monitor/requests.ts'
import { messageOf } from './failures.ts'
import { deciding, local, type Monitoring } from './monitor-calls.ts'
import { settleAsk, type Ask, type Retrained } from './monitor-state.ts'
import { childOptions } from './placing.ts'
import { runPipeline } from './run-pipeline.ts'

/** Has wishes for retrains decided one after the other, and starts the runs of those that are ordered. */
export async function decideRetrains(monitoring: Monitoring): Promise<void> {
  const { state, report, isLong } = monitoring
  while (!isLong()) {
    const [next] = state.asks
    if (next === undefined) await condition(() => state.asks.length > 0 || isLong())
    else {
      settleAsk(state, await settle(monitoring, next))
      report()
    }
  }
}

/** A monitor that was ended between the order and the start of its run left it to the next one. */
export async function startLastRetrain({ state }: Monitoring): Promise<void> {
  const last = await local.lastRetrain(state.policy).catch(unlessCancelled)
  if (last?.state === 'ordered') await start(last)
}

async function settle({ state }: Monitoring, { cause, id, ...said }: Ask): Promise<Retrained> {
  const summary = `${cause} ${id}`
  try {
    const request = { ...state.policy, cause, id, ...said }
    const decision = await deciding(summary)(request)
    if (decision.state === 'declined') return { cause, id, state: 'declined', told: decision.reason }
    await start(decision)
    return { cause, id, state: 'ordered', told: decision.run }
  } catch (error) {
    if (isCancellation(error)) throw error
    return { cause, id, state: 'failed', told: messageOf(error) }
  }
}

/** It is no reason not to look after the service. */
function unlessCancelled(error: unknown): null {
  if (isCancellation(error)) throw error
  return null
}

type Ordered = Extract<RetrainDecision, { readonly state: 'ordered' }>

/** It goes on whatever becomes of the monitor. One that was started already, and may be over, is not started again. */
async function start(ordered: Ordered): Promise<void> {
  try {
    await startChild(runPipeline, {
      ...childOptions(ordered),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    })
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
  }
}
