import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow'
import type { Digest } from '../dsl/plan.ts'
import { stageOf, type Attended, type NodeState, type RunState } from './run-state.ts'

/** Keywords only, never PII: a server stores them unencrypted. */
const STAGE = defineSearchAttributeKey('AnnealStage', SearchAttributeType.KEYWORD)
const AWAITING = defineSearchAttributeKey('AnnealAwaiting', SearchAttributeType.KEYWORD)
const VERDICT = defineSearchAttributeKey('AnnealVerdict', SearchAttributeType.KEYWORD)

/** The query `status`: every node in the stored order. */
export interface RunStatus {
  /** Digest of the order that the run goes by, or will once it has continued as new. */
  readonly order: Digest
  /** The plan that it was moved to last. Absent: the one that it began with. */
  readonly movedTo?: Digest
  readonly stopping: RunState['stopping']
  readonly awaitingWorker: readonly string[]
  readonly approvals: readonly ApprovalStatus[]
  readonly nodes: readonly ({ readonly id: string; readonly kind: string } & NodeState)[]
}

/** What a run waits for from enrolled persons. */
export interface ApprovalStatus extends Pick<
  Attended['request'],
  'service' | 'model' | 'version' | 'nonce' | 'expiresAt'
> {
  readonly node: string
  /** Whose roles sign: `risk or owner`, `risk, then compliance`. */
  readonly by: string
  /** The workflow's id, for whoever is told how to approve. */
  readonly run: string
  readonly tally: Attended['tally']
}

/** By which order an execution of a run began. */
export interface Ordered {
  readonly order: Digest
  readonly movedTo?: Digest
}

export function statusOf(run: RunState, { order, movedTo }: Ordered): RunStatus {
  const { order: by, plan } = run.moved ?? { order, plan: movedTo }
  return {
    order: by,
    ...(plan !== undefined && { movedTo: plan }),
    stopping: run.stopping,
    awaitingWorker: [...new Set(run.awaitingWorker.values())],
    approvals: [...run.approvals].map(([node, { request, tally }]) => {
      const { service, model, version, nonce, expiresAt } = request
      return {
        node,
        run: request.run.workflowId,
        service,
        model,
        version,
        nonce,
        by: byText(request),
        expiresAt,
        tally,
      }
    }),
    nodes: run.nodes.map(({ id, kind }) => ({ id, kind, ...(run.states.get(id) ?? { state: 'waiting' }) })),
  }
}

/** Keeps what the Temporal UI shows of the run up to date. An attribute costs an event, so only a change is sent. */
export function progressReporter(run: RunState, { movedTo }: Pick<Ordered, 'movedTo'>): () => void {
  let shown: { stage?: string | undefined; awaiting?: string | undefined } = {}
  return () => {
    setCurrentDetails(detailsOf(run, run.moved?.plan ?? movedTo))
    const next = { stage: stageOf(run), awaiting: awaitingOf(run) }
    if (next.stage !== shown.stage) upsertSearchAttributes([{ key: STAGE, value: next.stage ?? null }])
    if (next.awaiting !== shown.awaiting) upsertSearchAttributes([{ key: AWAITING, value: next.awaiting ?? null }])
    shown = next
  }
}

function awaitingOf({ awaitingWorker, approvals }: RunState): string | undefined {
  if (awaitingWorker.size > 0) return 'worker'
  return approvals.size > 0 ? 'approval' : undefined
}

export function showVerdict(verdict: string): void {
  upsertSearchAttributes([{ key: VERDICT, value: verdict }])
}

/** The server refuses details beyond 20,000 bytes. */
const MAX_LINES = 40

function detailsOf(run: RunState, movedTo: Digest | undefined): string {
  const states = run.nodes.map(({ id }) => ({ id, state: run.states.get(id) ?? { state: 'waiting' as const } }))
  const done = states.filter(({ state }) => state.state === 'done').length
  const awaited = [...new Set(run.awaitingWorker.values())].map((queue) => `- waits for a worker on \`${queue}\``)
  const lines = [
    ...(movedTo === undefined ? [] : [`- moved to plan \`${movedTo.slice(0, 12)}\``]),
    ...awaited,
    ...[...run.approvals.values()].map(approvalLine),
    ...states.flatMap(({ id, state }) => lineOf(id, state)),
  ]
  const more = lines.length > MAX_LINES ? [`- and ${lines.length - MAX_LINES} more`] : []
  return [`**${done} of ${run.nodes.length} nodes done**`, '', ...lines.slice(0, MAX_LINES), ...more].join('\n')
}

function byText({ roles, separation }: Attended['request']): string {
  return roles.join(separation === 'role-in-order' ? ', then ' : ' or ')
}

function approvalLine({ request, tally }: Attended): string {
  const { model, version, expiresAt } = request
  const { approvals, quorum, votes } = tally
  const voted = votes.length === 0 ? 'nobody so far' : votes.map(({ person }) => person).join(', ')
  return `- waits for approval of ${model}@${version} by ${byText(request)}: ${approvals} of ${quorum}, by ${voted}; until ${expiresAt}`
}

/** Running and failed nodes by name; the done and the waiting are counted. */
function lineOf(id: string, state: NodeState): readonly string[] {
  switch (state.state) {
    case 'running':
      return [`- running: ${id}${state.items === undefined ? '' : ` (${state.items.done} of ${state.items.total})`}`]
    case 'failed':
      return [`- **failed**: ${id}: ${state.message.slice(0, 300)}`]
    case 'done':
    case 'waiting':
      return []
  }
}
