import { condition, proxyLocalActivities, workflowInfo } from '@temporalio/workflow'
import type { Activities } from '../activities/activities.ts'
import type { OpenedApproval } from '../activities/open-approval.ts'

const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '10 seconds', retry: { maximumAttempts: 5 } })

/** Between two entries of the log. */
const PAUSE = '5 seconds'
/** Told one by one in an entry; the others are counted. */
const MOST_TOLD = 5

/** Writes down what was refused: the first at once, then at most one entry every few seconds. */
export interface RefusalLog {
  readonly note: (refusal: Refusal) => void
  /** Writes what is left. */
  readonly drain: () => Promise<void>
  /** Whether all is written. */
  readonly isIdle: () => boolean
}

export interface Refusal {
  readonly request: OpenedApproval['request']
  readonly reason: string
  readonly message: string
}

interface Batch {
  readonly request: OpenedApproval['request']
  readonly counts: Record<string, number>
  readonly first: { readonly reason: string; readonly message: string; readonly at: string }[]
}

export function refusalLog(): RefusalLog {
  const { workflowId, runId } = workflowInfo()
  let pending: Batch | undefined
  let [writing, draining, written] = [false, false, 0]

  async function write(): Promise<void> {
    while (pending !== undefined) {
      const { request, counts, first } = pending
      pending = undefined
      written += 1
      const { service, nonce } = request
      const batch = { service, nonce, key: `refused:${runId}:${written}`, run: workflowId, counts, first }
      // What cannot be written down was refused all the same.
      await local.recordRefusals.executeWithOptions({ summary: 'refused' }, [batch]).catch(() => undefined)
      await condition(() => draining, PAUSE)
    }
    writing = false
  }

  return {
    note: ({ request, reason, message }) => {
      pending ??= { request, counts: {}, first: [] }
      pending.counts[reason] = (pending.counts[reason] ?? 0) + 1
      const at = new Date().toISOString()
      if (pending.first.length < MOST_TOLD) pending.first.push({ reason, message, at })
      if (writing) return
      writing = true
      void write()
    },
    drain: async () => {
      draining = true
      await condition(() => !writing)
    },
    isIdle: () => !writing,
  }
}
