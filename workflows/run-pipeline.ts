import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  defineQuery,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import type { Finished, InputKeys, NodeAnswer, Verdict } from '../activities/requests.ts'
import type { Digest } from '../dsl/plan.ts'
import type { Skeleton } from '../dsl/skeleton.ts'
import { decisionDesk } from './decision-desk.ts'
import { nodesFailed } from './failures.ts'
import { inputKeysOf, keepProgress, resumeProgress, type Progress } from './kept-progress.ts'
import { takeReplans } from './replan.ts'
import { runGraph } from './run-graph.ts'
import { runNode } from './run-node.ts'
import { decidedNodes, finishedNodes, isWhole, startState, type RunState } from './run-state.ts'
import { progressReporter, showVerdict, statusOf, type RunStatus } from './run-status.ts'
import { nodesOf, resultsOf } from './skeleton.ts'

/** A run's input: small enough to read in the Temporal UI, whatever the size of the plan's specs. */
export interface RunInput {
  /** Digest of the order in the store: plan, parameters, who asked. */
  readonly order: Digest
  readonly skeleton: Skeleton
  /** Continue as new beyond this many events. Default 1,000: what runs by then still comes to an end under our bound of 2,000. */
  readonly maxEvents?: number
  /** Set by the run itself when it continues as new. */
  readonly progress?: Progress
  /** The same where it was moved to another plan: the plan's digest. */
  readonly movedTo?: Digest
}

/** A failed node fails the workflow instead, so that it shows red; a verdict is an outcome like another. */
export interface RunResult {
  /** `serving`: completed, and the service answers by the run's model. */
  readonly outcome: 'completed' | 'serving' | Verdict
  readonly ran: number
  readonly reused: number
  /** What the plan calls its results, in the plan's order, the first 100; after a verdict the nodes that gave it. */
  readonly results: readonly Finished[]
}

const status = defineQuery<RunStatus>('status')

const MAX_EVENTS = 1000
const MOST_RESULTS = 100

/** Runs a plan's nodes, in parallel where their needs allow; each result is published exactly once by its activity. */
export async function runPipeline(input: RunInput): Promise<RunResult> {
  const { order, skeleton, maxEvents = MAX_EVENTS } = input
  const run = startState(nodesOf(skeleton))
  const report = progressReporter(run, input)
  setHandler(status, () => statusOf(run, input))
  const isLong = (): boolean => hasLongHistory(maxEvents)
  const desk = decisionDesk(report)
  const waiting = { pipeline: skeleton.pipeline, desk, onChange: report, isLong }
  const resumed = takeReplans(run, { order, onChange: report })
  if (input.progress !== undefined) await resumeProgress(run, input.progress)
  resumed()
  const onChange = (): void => {
    report()
    if (run.stopping === false && isLong()) run.stopping = 'continuing'
  }
  await runGraph(run, {
    run: (node) => {
      const call = (inputs: InputKeys): Promise<NodeAnswer | 'unfinished'> => {
        const request = { order, node: node.id, inputs }
        return runNode(run, node, { request, waiting, onChange })
      }
      const inputs = inputKeysOf(run, node)
      return inputs instanceof Promise ? inputs.then(call) : call(inputs)
    },
    onChange,
  })
  await CancellationScope.nonCancellable(() => desk.drain())
  return conclude(input, run)
}

function hasLongHistory(maxEvents: number): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo()
  return historyLength >= maxEvents || continueAsNewSuggested
}

async function conclude(input: RunInput, run: RunState): Promise<RunResult> {
  if (run.stopping === 'cancelled') throw new CancelledFailure('run cancelled')
  if (run.stopping === 'failed') {
    showVerdict('failed')
    throw nodesFailed(run)
  }
  const finished = finishedNodes(run)
  const [decided] = decidedNodes(run)
  if (decided?.verdict !== undefined) {
    showVerdict(decided.verdict)
    return resultOf(decided.verdict, { finished, results: decidedNodes(run) })
  }
  if (run.moved !== undefined || !isWhole(run)) return goOn(input, run)
  const outcome = finished.some(({ serving }) => serving === true) ? 'serving' : 'completed'
  showVerdict(outcome)
  const ids = new Set(resultsOf(input.skeleton))
  return resultOf(outcome, { finished, results: finished.filter(({ node }) => ids.has(node)) })
}

/** Continues as new with what is done, by the plan that the run was moved to if it was. */
async function goOn(input: RunInput, run: RunState): Promise<never> {
  const progress = await keepProgress(run)
  // A move that has come meanwhile is not cut off.
  await condition(allHandlersFinished)
  const { moved } = run
  const next = moved && { order: moved.order, skeleton: moved.skeleton, movedTo: moved.plan }
  return continueAsNew<typeof runPipeline>({ ...input, ...next, progress })
}

function resultOf(
  outcome: RunResult['outcome'],
  { finished, results }: { readonly finished: readonly Finished[]; readonly results: readonly Finished[] },
): RunResult {
  const reused = finished.filter((node) => node.reused).length
  return { outcome, ran: finished.length - reused, reused, results: results.slice(0, MOST_RESULTS) }
}
