import type { NodeAnswer } from '../activities/requests.ts'
import { decide, failedState, stopFor } from './failures.ts'
import { readyNodes, settle, type NodeState, type RunState } from './run-state.ts'
import type { RunNode } from './skeleton.ts'

export interface GraphHooks {
  /** Works on one node until it is done. `unfinished`: the run stops before the node is done, and it may be taken up again. */
  readonly run: (node: RunNode) => Promise<NodeAnswer | 'unfinished'>
  /** Called whenever nodes have started or one has settled. */
  readonly onChange: () => void
}

/**
 * Starts each node once its needs are done and resolves when nothing runs and nothing may start.
 * Once the run is stopping (a node failed, a cancellation, continue-as-new) it waits for what runs: a cancellation
 * reaches the activities by their own scope, and no activity is left behind.
 */
export function runGraph(run: RunState, hooks: GraphHooks): Promise<void> {
  // No loop that awaits: each promise in a workflow costs a stack trace, and a step should cost few.
  return new Promise((resolve) => {
    advance()

    function advance(): void {
      if (run.stopping === false) for (const node of readyNodes(run)) start(node)
      hooks.onChange()
      if (run.running === 0) resolve()
    }

    function start(node: RunNode): void {
      run.states.set(node.id, { state: 'running', sinceMillis: Date.now() })
      run.running += 1
      hooks.run(node).then(
        (answer) => answered(node, answer),
        (error: unknown) => {
          stopFor(run, error)
          settled(node, failedState(error))
        },
      )
    }

    function answered(node: RunNode, answer: NodeAnswer | 'unfinished'): void {
      if (answer === 'unfinished') return settled(node, { state: 'waiting' })
      if (answer.verdict !== undefined) decide(run)
      settled(node, { state: 'done', answer })
    }

    function settled(node: RunNode, state: NodeState): void {
      settle(run, node, state)
      advance()
    }
  })
}
