import type { Expansion, NodeAnswer } from '../activities/requests.ts'
import { stopFor } from './failures.ts'
import { enter, leave } from './lanes.ts'
import type { RunState } from './run-state.ts'
import type { RunNode } from './skeleton.ts'

/** How many elements of one `each` node ask for a lane at a time. */
const WINDOW = 100

interface EachCalls {
  readonly expand: () => Promise<Expansion>
  readonly step: (item: number, total: number) => Promise<NodeAnswer>
  readonly collect: () => Promise<NodeAnswer>
  /** Called whenever an element is done. */
  readonly onChange: () => void
}

/**
 * Runs the step of an `each` node on every element whose result is not published, then publishes the list.
 * Stops between elements when the run does: taken up again, it finds the elements done before.
 */
export async function runEach(run: RunState, { id }: RunNode, calls: EachCalls): Promise<NodeAnswer | 'unfinished'> {
  const expansion = await calls.expand()
  if (expansion.state === 'published') return expansion.answer
  const { total } = expansion
  const pending = indexesIn(expansion.pending)
  const published = total - expansion.pending.reduce((sum, [first, last]) => sum + last - first + 1, 0)
  note(run, id, { done: published, total })
  const done = await runElements(run, pending, {
    step: (item) => calls.step(item, total),
    onDone: (count) => {
      note(run, id, { done: published + count, total })
      calls.onChange()
    },
  })
  return published + done === total ? calls.collect() : 'unfinished'
}

interface ElementCalls {
  readonly step: (item: number) => Promise<NodeAnswer>
  readonly onDone: (count: number) => void
}

/**
 * Works on the elements, as many at a time as the run has lanes, until they are done or the run stops; answers how many
 * were done.
 * Rejects with the first failure, once nothing runs any more: a failed element must not leave the others behind.
 */
function runElements(run: RunState, pending: Iterator<number, undefined>, calls: ElementCalls): Promise<number> {
  // Callbacks, not lanes of async functions: each promise in a workflow costs a stack trace.
  return new Promise((resolve, reject) => {
    let [asking, done] = [0, 0]
    const failures: unknown[] = []
    advance()

    function advance(): void {
      while (asking < WINDOW && run.stopping === false) {
        const next = pending.next()
        if (next.done === true) break
        asking += 1
        enter(run.lanes, () => start(next.value))
      }
      if (asking > 0) return
      if (failures.length > 0) reject(failures[0])
      else resolve(done)
    }

    function start(item: number): boolean {
      if (run.stopping !== false) {
        asking -= 1
        advance()
        return false
      }
      calls.step(item).then(succeeded, failed)
      return true
    }

    function succeeded(): void {
      done += 1
      calls.onDone(done)
      ended()
    }

    function failed(error: unknown): void {
      failures.push(error)
      stopFor(run, error)
      ended()
    }

    function ended(): void {
      asking -= 1
      leave(run.lanes)
      advance()
    }
  })
}

function* indexesIn(ranges: readonly (readonly [number, number])[]): Generator<number, undefined> {
  for (const [first, last] of ranges) for (let index = first; index <= last; index += 1) yield index
  return undefined
}

function note(run: RunState, id: string, items: { readonly done: number; readonly total: number }): void {
  const state = run.states.get(id)
  if (state?.state === 'running') run.states.set(id, { ...state, items })
}
