import { digestOf } from '../dsl/digest.ts'
import type { PlanNode } from '../dsl/plan.ts'
import { readApprovers } from '../store/approvers.ts'
import { findRequest, makeRequest, type ApprovalRequest } from '../store/approval-request.ts'
import { readTally } from '../store/record-decision.ts'
import { judgeOrder } from '../store/signed-order.ts'
import { standingOf, type Standing } from './decide.ts'
import type { Engine } from './engine.ts'
import { ActivityError } from './errors.ts'
import { nodeAt, outputAs, type NodeAt } from './node-scope.ts'
import type { RegisterOutput } from './register.ts'
import type { NodeRequest } from './requests.ts'

export interface ApprovalCall extends NodeRequest {
  /** Of the workflow, over its continuations. */
  readonly firstRunId: string
}

export interface OpenedApproval {
  readonly request: ApprovalRequest
  /** Decisions that were written down before a crash count. */
  readonly tally: Standing
}

/**
 * Asks for an approval, by an entry in the service's audit chain; asked again it is the request there is.
 * Reads the order, the registered model, the chains. Key: run, order, node and model, so that another evaluation or plan
 * is asked for anew; so is what was withdrawn. No heartbeat: it is a local activity. Throws `order-unsigned`,
 * `signing-key-…`, StoreError's codes.
 */
export async function openApproval(engine: Engine, call: ApprovalCall, run: string): Promise<OpenedApproval> {
  const at = await nodeAt(engine, call, 'approve')
  const { audit, trustedKeys } = engine
  const keys = await trustedKeys()
  const { service, withinMillis } = at.node.spec
  const ids = { workflowId: run, firstRunId: call.firstRunId }
  const subject = { ids, order: call.order, node: call.node, inputs: call.inputs }
  let after: { readonly after?: string } = {}
  while (true) {
    const key = `requested:${digestOf({ ...subject, ...after })}`
    const found = await findRequest(audit, { service, key, keys })
    const request = found ?? (await ask(engine, { at, call, ids, asking: { key, by: run, withinMillis, keys } }))
    const tally = await readTally(audit, { request, keys })
    if (tally.outcome !== 'withdrawn') return { request, tally: standingOf(tally) }
    after = { after: request.nonce }
  }
}

interface Asked {
  readonly at: NodeAt<Extract<PlanNode, { readonly kind: 'approve' }>>
  readonly call: ApprovalCall
  readonly ids: ApprovalRequest['run']
  readonly asking: Omit<Parameters<typeof makeRequest>[2], 'signer'>
}

async function ask(engine: Engine, { at, call, ids, asking }: Asked): Promise<ApprovalRequest> {
  const { model, version, rootDigest, evidence } = outputAs<Registered>(at.scope, at.node.needs[0])
  const { service, roles, quorum, separation, commentRequired } = at.node.spec
  const { planDigest } = await engine.order(call.order)
  const author = await authorOf(engine, { order: call.order, run: ids.workflowId, keys: asking.keys })
  const subject = { service, model, version, rootDigest, plan: planDigest, evidence, stage: 'approve', run: ids }
  const demo = engine.demoKeys && ({ demo: true } as const)
  const draft = { ...subject, roles: [...roles], quorum, separation, commentRequired, author, ...demo }
  return makeRequest(engine.audit, draft, { ...asking, signer: await engine.signer() })
}

type Registered = Extract<RegisterOutput, { readonly state: 'registered' }>

interface OrderAt {
  readonly order: string
  readonly run: string
  readonly keys: Asked['asking']['keys']
}

/** Who may not approve, since they ordered it. A regulated run that nobody has rightly signed for goes no further. */
async function authorOf(engine: Engine, { order, run, keys }: OrderAt): Promise<string> {
  const { planDigest: plan, parameters, clock, signed } = await engine.order(order)
  const approvers = await readApprovers(engine.audit, keys)
  const judged =
    signed === undefined
      ? { expected: 'one signed by an enrolled person', got: 'none' }
      : judgeOrder({ envelope: signed, plan, parameters, clock, run, approvers, keys, demo: engine.demoKeys })
  if ('person' in judged) return judged.person
  throw new ActivityError('order-unsigned', {
    message: `order of run "${run}": expected ${judged.expected}, got ${judged.got}; start it with \`anneal run FILE --as PERSON\``,
    retry: false,
  })
}
