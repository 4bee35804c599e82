import { requestsOf, type ApprovalRequest } from '../../store/approval-request.ts'
import type { Engine } from '../engine.ts'
import type { JudgeRequest } from './requests.ts'

/** What a run has asked of approvers last, at nodes that have not come to an end. */
export async function askedApprovals(
  engine: Engine,
  { order, started, firstRunId }: JudgeRequest,
  run: string,
): Promise<readonly ApprovalRequest[]> {
  const { plan } = await engine.order(order)
  const open = plan.nodes.flatMap((node) => (node.kind === 'approve' && !started.includes(node.id) ? [node.spec] : []))
  const keys = await engine.trustedKeys()
  const ids = { workflowId: run, firstRunId }
  const asked = open.map(({ service }) => requestsOf(engine.audit, { service, run: ids, keys }))
  return (await Promise.all(asked)).flatMap((requests) => requests.slice(-1))
}
