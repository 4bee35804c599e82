import { condition, proxyLocalActivities, workflowInfo } from '@temporalio/workflow'
import type { Activities } from '../activities/activities.ts'
import type { NodeAnswer, NodeRequest } from '../activities/requests.ts'
import type { Settled } from '../activities/settle-approval.ts'
import type { DecisionDesk } from './decision-desk.ts'
import type { Attended, RunState } from './run-state.ts'
import type { RunNode } from './skeleton.ts'

/** A run that has waited for days does not fail since its store is away for an hour. */
const PATIENT = { startToCloseTimeout: '10 seconds', retry: { maximumInterval: '1 minute' } } as const
const local = proxyLocalActivities<Activities>(PATIENT)

/** The clocks of server and worker may differ: one that finds the request still open asks again after this. */
const RECHECK_MILLIS = 1000

/** What a node that waits for persons works with, besides its request. */
export interface Waiting {
  readonly pipeline: string
  readonly desk: DecisionDesk
  readonly onChange: () => void
  /** Whether the history has become so long that the run has to continue as new. */
  readonly isLong: () => boolean
}

export interface ApprovalCall {
  readonly request: NodeRequest
  readonly waiting: Waiting
}

/**
 * Waits for the decisions that a request asks for. What counts is in the audit chain, and is read from there: first on
 * start, so that nothing is lost by a crash or by continuing as new, and last of all.
 */
export async function runApproval(
  run: RunState,
  node: RunNode,
  { request, waiting }: ApprovalCall,
): Promise<NodeAnswer | 'unfinished'> {
  const { desk, onChange } = waiting
  const { firstExecutionRunId: firstRunId } = workflowInfo()
  while (true) {
    const options = { ...PATIENT, summary: node.id }
    const opened = await local.openApproval.executeWithOptions(options, [{ ...request, firstRunId }])
    const attended: Attended = { ...opened }
    run.approvals.set(node.id, attended)
    desk.attend(attended)
    onChange()
    const settled = await settledOf(run, node, { attended, waiting })
    if (settled.state === 'settled') {
      desk.leave()
      return settled.answer
    }
    if (settled.state === 'open' || run.stopping !== false) {
      // The desk stays open: what is sent until the run has continued as new is taken.
      if (run.stopping === false) run.stopping = 'continuing'
      return 'unfinished'
    }
    // Withdrawn for a move that was cut off.
    run.approvals.delete(node.id)
  }
}

/** What a request has come to; `open`: the run stops before. */
async function settledOf(
  run: RunState,
  { id: node }: RunNode,
  { attended, waiting }: { readonly attended: Attended; readonly waiting: Waiting },
): Promise<Settled> {
  const { pipeline, isLong } = waiting
  const { service, nonce } = attended.request
  while (await isDue(run, attended, isLong)) {
    const call = { service, nonce, pipeline, node }
    const settled = await local.settleApproval.executeWithOptions({ ...PATIENT, summary: node }, [call])
    if (settled.state !== 'open') return settled
  }
  return { state: 'open' }
}

/** Waits until the request is decided or its time is over; false: the run stops before. */
async function isDue(run: RunState, attended: Attended, isLong: () => boolean): Promise<boolean> {
  const left = Date.parse(attended.request.expiresAt) - Date.now()
  const isDecided = (): boolean => attended.tally.outcome !== 'open'
  const stopped = await condition(
    () => isDecided() || run.stopping !== false || isLong(),
    Math.max(left, RECHECK_MILLIS),
    { summary: `request expires ${attended.request.expiresAt}` },
  )
  return isDecided() || !stopped
}
