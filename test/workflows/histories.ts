import type { Client } from '@temporalio/client'
import type { RunHandle } from '../../cli/run/start-run.ts'

export interface Measured {
  readonly events: number
  /** Bytes of its largest payload. */
  readonly largestPayload: number
}

/** One entry an execution of a run, from the first on: it goes on in another one when it continues as new. */
export async function measuredHistories(client: Client, { workflowId }: RunHandle): Promise<readonly Measured[]> {
  const latest = await client.workflow.getHandle(workflowId).fetchHistory()
  const [start] = latest.events ?? []
  const measured: Measured[] = []
  let runId = start?.workflowExecutionStartedEventAttributes?.firstExecutionRunId
  while (typeof runId === 'string' && runId !== '') {
    const events = (await client.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? []
    measured.push({ events: events.length, largestPayload: Math.max(...events.flatMap(payloadsIn)) })
    runId = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId
  }
  return measured
}

function payloadsIn(value: unknown): readonly number[] {
  if (typeof value !== 'object' || value === null) return []
  if ('data' in value && value.data instanceof Uint8Array) return [value.data.byteLength]
  return Object.values(value).flatMap(payloadsIn)
}
