import type { WorkflowInterceptors } from '@temporalio/workflow'

/**
 * Local activities of a workflow run one after the other. What two of them answer within one workflow task comes in two
 * activations as it happens, and in one as it is replayed: then what follows on the one and on the other is in another
 * order, and the replay fails ("Nondeterminism error"). Waiting for a turn costs a few milliseconds.
 */
export function interceptors(): WorkflowInterceptors {
  let last: Promise<unknown> = Promise.resolve()
  return {
    outbound: [
      {
        scheduleLocalActivity: (input, schedule) => {
          const before = last
          const turn = (async () => {
            await before
            return schedule(input)
          })()
          last = turn.catch(() => undefined)
          return turn
        },
      },
    ],
  }
}
