import type { Client } from '@temporalio/client'

/** From scheduled to completed of each activity of the queue's only run, in the order of its history. */
export async function secondsByNode(client: Client, queue: string): Promise<ReadonlyMap<string, number>> {
  const { handle } = await onlyRun(client, queue)
  const { events } = await handle.fetchHistory()
  const scheduled = new Map<string, { readonly node: string; readonly at: number }>()
  const seconds = new Map<string, number>()
  for (const { eventId, eventTime, activityTaskScheduledEventAttributes: begun, ...event } of events ?? []) {
    const at = millisOf(eventTime)
    if (begun) scheduled.set(String(eventId), { node: nodeOf(event.userMetadata?.summary?.data), at })
    const ended = event.activityTaskCompletedEventAttributes
    const known = ended && scheduled.get(String(ended.scheduledEventId))
    if (known) seconds.set(known.node, (at - known.at) / 1000)
  }
  return seconds
}

async function onlyRun(client: Client, queue: string) {
  for await (const { workflowId } of client.workflow.list({ query: `TaskQueue = '${queue}'` })) {
    return { handle: client.workflow.getHandle(workflowId) }
  }
  throw new Error(`queue "${queue}": expected a run, got none`)
}

/** A summary is the node's id as JSON. */
function nodeOf(summary: Uint8Array | null | undefined): string {
  return summary ? String(JSON.parse(Buffer.from(summary).toString('utf8'))) : 'unknown'
}

interface Timestamp {
  readonly seconds?: { toString(): string } | null
  readonly nanos?: number | null
}

function millisOf(time: Timestamp | null | undefined): number {
  return Number(String(time?.seconds ?? 0)) * 1000 + (time?.nanos ?? 0) / 1e6
}

/** MiB by node: the most that its child held, as the worker's own metrics tell. */
export async function childPeaks(port: number): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const found = text.matchAll(/^anneal_child_peak_mebibytes\{node="([^"]+)"\} (\S+)$/gm)
  return new Map([...found].map(([, node = '', mib]) => [node, Number(mib)]))
}
