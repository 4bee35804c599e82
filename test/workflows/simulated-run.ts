import { ok } from 'node:assert'
import { CancelledFailure } from '@temporalio/common'
import type { NodeAnswer } from '../../activities/requests.ts'
import { runGraph } from '../../workflows/run-graph.ts'
import { resume, startState, type finishedNodes, type RunState } from '../../workflows/run-state.ts'
import type { RunNode } from '../../workflows/skeleton.ts'

const POLICY = { queue: 'light', attempts: 1, backoffMillis: 0, timeoutMillis: 1, heartbeatMillis: 1 } as const

/** A graph of up to 12 nodes, each of which needs some of those before it. */
export function someNodes(random: () => number): readonly RunNode[] {
  const count = 1 + Math.floor(random() * 12)
  const density = random()
  return Array.from({ length: count }, (_, index) => {
    const before = Array.from({ length: index }, (__, earlier) => `n${earlier}`)
    const needs = before.filter(() => random() < density / 2)
    return { id: `n${index}`, kind: 'task', step: 'task', needs, policy: POLICY }
  })
}

/** Ends the work on one node, in one of the ways that a worker or a server has. */
interface Work {
  readonly node: RunNode
  readonly done: (answer: NodeAnswer | 'unfinished') => void
  readonly failed: (error: Error) => void
}

export interface Faults {
  /** How many there may still be of failures, verdicts, cancellations and histories that grow too long. */
  left: number
}

/** Plays one execution of a run's graph in an order that `random` fixes; answers what it ended as. */
export async function playRun(
  nodes: readonly RunNode[],
  {
    finished,
    random,
    faults,
  }: { readonly finished: ReturnType<typeof finishedNodes>; readonly random: () => number; readonly faults: Faults },
): Promise<RunState> {
  const run = startState(nodes)
  resume(run, finished)
  const began = new Set(finished.map(({ node }) => node))
  const works: Work[] = []
  const failed = new Set<string>()
  let over = false
  const played = runGraph(run, {
    run: (node) => {
      expectStartable(run, node, began)
      began.add(node.id)
      return new Promise((done, reject) => {
        const fail = (error: Error): void => {
          failed.add(node.id)
          reject(error)
        }
        works.push({ node, done, failed: fail })
      })
    },
    onChange: () => ok(run.running === works.length, `running: expected ${works.length}, got ${run.running}`),
  }).then(() => (over = true))
  await settled()
  while (works.length > 0) {
    ok(!over, 'expected the run to wait for what runs')
    if (faults.left > 0 && run.stopping === false && random() < 0.05) disturb(run, { works, random, faults })
    await settled()
    const [work] = works.splice(Math.floor(random() * works.length), 1)
    if (work !== undefined) end(work, { run, random, faults })
    await settled()
  }
  ok(over, 'expected the run to end once nothing runs')
  await played
  for (const { id } of nodes) {
    const { state } = run.states.get(id) ?? {}
    ok(state !== 'running', `${id}: expected an end`)
    ok((state === 'failed') === failed.has(id), `${id}: expected a failure where there was one, got ${String(state)}`)
  }
  return run
}

function expectStartable(run: RunState, { id, needs }: RunNode, began: ReadonlySet<string>): void {
  ok(run.stopping === false, `${id}: expected no start of a run that is ${String(run.stopping)}`)
  ok(!began.has(id), `${id}: expected one start`)
  for (const need of needs) ok(run.states.get(need)?.state === 'done', `${id}: expected ${need} to be done before`)
}

/** From outside: somebody cancels, or the history is long. */
function disturb(
  run: RunState,
  { works, random, faults }: { readonly works: Work[]; readonly random: () => number; readonly faults: Faults },
): void {
  faults.left -= 1
  if (random() < 0.5) {
    run.stopping = 'continuing'
    return
  }
  run.stopping = 'cancelled'
  // One hears it at once, the others when their activities do.
  works.shift()?.failed(new CancelledFailure('run cancelled'))
}

function end(
  { node, done, failed }: Work,
  { run, random, faults }: { readonly run: RunState; readonly random: () => number; readonly faults: Faults },
): void {
  if (run.stopping === 'cancelled') return failed(new CancelledFailure('run cancelled'))
  if (run.stopping === 'continuing' && random() < 0.3) return done('unfinished')
  const fault = faults.left > 0 ? random() : 1
  if (fault < 0.2) faults.left -= 1
  if (fault < 0.15) return failed(new Error(`${node.id} failed`))
  const answer: NodeAnswer = { key: `key of ${node.id}`, digest: `digest of ${node.id}`, reused: false }
  done(fault < 0.2 ? { ...answer, verdict: 'data-rejected' } : answer)
}

/** Promises that follow from what was settled have run: the graph's own chain is three long. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await Promise.resolve()
}
