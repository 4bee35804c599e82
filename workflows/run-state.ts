import type { OpenedApproval } from '../activities/open-approval.ts'
import type { Digest, NodeKind } from '../dsl/plan.ts'
import type { Skeleton } from '../dsl/skeleton.ts'
import type { Finished, NodeAnswer } from '../activities/requests.ts'
import type { Lanes } from './lanes.ts'
import type { RunNode } from './skeleton.ts'

/** What a run has come to at one node. */
export type NodeState =
  | { readonly state: 'waiting' }
  | {
      readonly state: 'running'
      readonly sinceMillis: number
      readonly items?: { readonly done: number; readonly total: number }
    }
  | { readonly state: 'done'; readonly answer: NodeAnswer }
  | { readonly state: 'failed'; readonly message: string; readonly code?: string }

/** One run's place in its graph. Nodes are always walked in the stored order, never in that of a map's insertion. */
export interface RunState {
  readonly nodes: readonly RunNode[]
  readonly states: Map<string, NodeState>
  /** Task queues that a running node waits for and nobody polled, by node id. */
  readonly awaitingWorker: Map<string, string>
  /** What running nodes have asked enrolled persons for, by node id. */
  readonly approvals: Map<string, Attended>
  /** How many nodes are being worked on. */
  running: number
  /** What the elements of `each` nodes run in. */
  readonly lanes: Lanes
  /** Set once no further node may start: after a failure or a verdict, on cancellation, or before continuing as new. */
  stopping: false | 'failed' | 'cancelled' | 'continuing' | 'decided'
  /** What the run goes by once it has continued as new, where it was moved to another plan. */
  moved?: Move
}

export interface Move {
  readonly order: Digest
  readonly plan: Digest
  readonly skeleton: Skeleton
}

/** A request with what has been decided so far. */
export interface Attended {
  readonly request: OpenedApproval['request']
  tally: OpenedApproval['tally']
}

/** Of nodes, and of elements of lists: a server slows down beyond a few hundred pending activities. */
const MOST_AT_ONCE = 100

export function startState(nodes: readonly RunNode[]): RunState {
  return {
    nodes,
    states: new Map(nodes.map(({ id }) => [id, { state: 'waiting' }])),
    awaitingWorker: new Map(),
    approvals: new Map(),
    running: 0,
    lanes: { free: MOST_AT_ONCE, waiting: [] },
    stopping: false,
  }
}

/** Takes up what the run had finished before it continued as new. */
export function resume({ states }: RunState, finished: readonly Finished[]): void {
  for (const { node, ...answer } of finished) states.set(node, { state: 'done', answer })
}

/** The nodes that may start now, in the stored order: they wait, their needs are done, and not too many run. */
export function readyNodes({ nodes, states, running }: RunState): readonly RunNode[] {
  const ready = nodes.filter(
    ({ id, needs }) => states.get(id)?.state === 'waiting' && needs.every((need) => states.get(need)?.state === 'done'),
  )
  return ready.slice(0, MOST_AT_ONCE - running)
}

/** The answers of the nodes that `node` needs, by id: what its activity is told of its inputs. */
export function inputsOf({ states }: RunState, { needs }: RunNode): Readonly<Record<string, string>> {
  return Object.fromEntries(
    needs.flatMap((need) => {
      const state = states.get(need)
      return state?.state === 'done' ? [[need, state.answer.key]] : []
    }),
  )
}

export function finishedNodes({ nodes, states }: RunState): readonly Finished[] {
  return nodes.flatMap(({ id }) => {
    const state = states.get(id)
    return state?.state === 'done' ? [{ node: id, ...state.answer }] : []
  })
}

/** The nodes whose answer ends the run, the first one in the stored order first. */
export function decidedNodes(run: RunState): readonly Finished[] {
  return finishedNodes(run).filter(({ verdict }) => verdict !== undefined)
}

export function isWhole(run: RunState): boolean {
  return run.nodes.every(({ id }) => run.states.get(id)?.state === 'done')
}

/** The kind of the latest node in the stored order that has started: where the run is, in a word. */
export function stageOf({ nodes, states }: RunState): NodeKind | undefined {
  return nodes.findLast(({ id }) => states.get(id)?.state !== 'waiting')?.kind
}

/** What has begun and so has to stay as it is. An approval that nobody has decided is asked for anew. */
export function hasStarted(kind: string, state: NodeState['state']): boolean {
  return state !== 'waiting' && !(state === 'running' && kind === 'approve')
}

/** Ends the work on one node. */
export function settle(run: RunState, { id }: RunNode, state: NodeState): void {
  run.states.set(id, state)
  run.awaitingWorker.delete(id)
  run.approvals.delete(id)
  run.running -= 1
}
