import { condition, proxyLocalActivities, workflowInfo } from '@temporalio/workflow'
import type { Activities } from '../activities/activities.ts'
import type { RefusedBatch } from '../activities/decide.ts'
import type { OpenedApproval } from '../activities/open-approval.ts'

const LOCAL = { startToCloseTimeout: '10 seconds', retry: { maximumAttempts: 5 } } as const
const local = proxyLocalActivities<Activities>(LOCAL)

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
  readonly request: Pick<OpenedApproval['request'], 'service' | 'nonce'>
  readonly reason: string
  readonly message: string
}

export function refusalLog(): RefusalLog {
  const { workflowId, runId } = workflowInfo()
  const counts: Record<string, number> = {}
  let first: RefusedBatch['first'] = []
  const asked: { request?: Refusal['request'] } = {}
  let [total, written, writing, draining] = [0, 0, false, false]

  async function write(): Promise<void> {
    while (asked.request !== undefined && written < total) {
      written = total
      const { service, nonce } = asked.request
      // Counts go on over the batches, and name them: a workflow task that is done again, with more that has come
      // meanwhile, writes what holds for both.
      const batch = { service, nonce, run: workflowId, execution: runId, total, counts: { ...counts }, first }
      first = []
      // What cannot be written down was refused all the same.
      await local.recordRefusals.executeWithOptions({ ...LOCAL, summary: 'refused' }, [batch]).catch(() => undefined)
      await condition(() => draining, PAUSE, { summary: 'next refusals' })
    }
    writing = false
  }

  return {
    note: (refusal) => {
      const { reason, message } = refusal
      asked.request = refusal.request
      total += 1
      counts[reason] = (counts[reason] ?? 0) + 1
      if (first.length < MOST_TOLD) first = [...first, { reason, message, at: new Date().toISOString() }]
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
