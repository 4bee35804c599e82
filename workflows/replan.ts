import {
  ApplicationFailure,
  condition,
  defineUpdate,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import type { Activities } from '../activities/activities.ts'
import type { Digest } from '../dsl/plan.ts'
import { hasStarted, isWhole, type RunState } from './run-state.ts'

/** Digests of orders in the store. */
export interface Replan {
  /** By which the run goes, as far as the sender knows: what was looked at is what is moved. */
  readonly from: Digest
  readonly to: Digest
}

export type Replanned =
  /** `after`: ids of the nodes that come to their end first. */
  | { readonly accepted: true; readonly after: readonly string[] }
  | { readonly accepted: false; readonly reasons: readonly string[] }

const replan = defineUpdate<Replanned, [Replan]>('replan')

/** Whoever sends the update hears of a failure and sends it again. */
const LOCAL = { startToCloseTimeout: '10 seconds', retry: { maximumAttempts: 3 } } as const
const local = proxyLocalActivities<Activities>(LOCAL)

export interface Replanning {
  /** The order that the run started this execution with. */
  readonly order: Digest
  readonly onChange: () => void
}

/**
 * Takes updates `replan`, one at a time: the run stops before what has not started, and continues as new by the other
 * order. Answers how to say that the run has taken up what it had finished before, which none is judged without.
 */
export function takeReplans(run: RunState, { order, onChange }: Replanning): () => void {
  const { firstExecutionRunId: firstRunId } = workflowInfo()
  let [resumed, busy] = [false, false]
  const isFree = (): boolean => resumed && !busy && !isAsking(run)

  async function move({ from, to }: Replan): Promise<Replanned> {
    while (true) {
      const refusal = refusalOf(run, { expected: from, to, got: run.moved?.order ?? order })
      if (refusal !== undefined) return refusal
      const request = { order: from, next: to, started: startedNodes(run), firstRunId }
      const judged = await local.judgeReplan.executeWithOptions({ ...LOCAL, summary: 'judge' }, [request])
      if (!judged.accepted) return judged
      // Judged without a node that has started meanwhile.
      if (startedNodes(run).length !== request.started.length) continue
      if (run.stopping === false) run.stopping = 'continuing'
      onChange()
      // Killed from here on, a run that was not moved asks for its approval once more.
      const { decided } = await local.withdrawApprovals.executeWithOptions({ ...LOCAL, summary: 'withdraw' }, [request])
      if (decided || endOf(run) !== undefined) continue
      run.moved = { order: to, plan: judged.plan, skeleton: judged.skeleton }
      onChange()
      return accepted(run)
    }
  }

  setHandler(
    replan,
    async (input) => {
      // Two that wait wake up together, and the first one is busy then.
      while (!isFree()) await condition(isFree)
      busy = true
      try {
        return await move(input)
      } finally {
        busy = false
      }
    },
    { validator: requireReplan },
  )
  return () => (resumed = true)
}

const DIGEST = /^[0-9a-f]{64}$/

/** Throws `malformed`, so that it does not enter the history. */
function requireReplan(input: unknown): void {
  const fields: Readonly<Record<string, unknown>> = typeof input === 'object' && input !== null ? { ...input } : {}
  const { from, to, ...others } = fields
  if (isDigest(from) && isDigest(to) && from !== to && Object.keys(others).length === 0) return
  const message = 'replan: expected the digests of two orders as "from" and "to", got something else'
  throw ApplicationFailure.nonRetryable(message, 'malformed')
}

function isDigest(value: unknown): boolean {
  return typeof value === 'string' && DIGEST.test(value)
}

function startedNodes({ nodes, states }: RunState): readonly string[] {
  return nodes.flatMap(({ id, kind }) => (hasStarted(kind, states.get(id)?.state ?? 'waiting') ? [id] : []))
}

/** Whether an approval is being asked for at this moment: what would have to be withdrawn is not known yet. */
function isAsking({ nodes, states, approvals }: RunState): boolean {
  return nodes.some(({ id, kind }) => kind === 'approve' && states.get(id)?.state === 'running' && !approvals.has(id))
}

interface Orders {
  /** The one that the sender has looked at. */
  readonly expected: Digest
  readonly to: Digest
  /** The one that the run goes by. */
  readonly got: Digest
}

/** What needs no judging: the update sent once more, one that comes too late. */
function refusalOf(run: RunState, { expected, to, got }: Orders): Replanned | undefined {
  const end = endOf(run)
  if (end !== undefined) return refused(`run: expected one that goes on, got one that ${end}`)
  if (got === to) return accepted(run)
  if (got === expected) return undefined
  return refused(`run: expected order ${expected.slice(0, 12)}, got ${got.slice(0, 12)}, since it was moved meanwhile`)
}

function endOf(run: RunState): string | undefined {
  switch (run.stopping) {
    case 'failed':
      return 'fails'
    case 'cancelled':
      return 'is cancelled'
    case 'decided':
      return 'ends by a verdict'
    case false:
    case 'continuing':
      return run.moved === undefined && isWhole(run) ? 'is done' : undefined
  }
}

function refused(reason: string): Replanned {
  return { accepted: false, reasons: [reason] }
}

function accepted({ nodes, states }: RunState): Replanned {
  const running = nodes.filter(({ id, kind }) => kind !== 'approve' && states.get(id)?.state === 'running')
  return { accepted: true, after: running.map(({ id }) => id) }
}
