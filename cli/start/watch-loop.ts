import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { serviceChain } from '../../store/approval-request.ts'
import type { AuditEntry } from '../../store/audit-entry.ts'
import { monitors, type WindowRecord } from '../../store/monitors.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { auditStore, type AuditStore } from '../approvals/audit-store.ts'
import { entryText } from '../approvals/entry-text.ts'
import { duration } from '../run/run-view.ts'
import { askApproval } from './ask-approval.ts'
import { EXAMPLE, EXAMPLE_RUNS } from './example.ts'
import { demoApprover } from './people.ts'
import { tell } from './tell.ts'
import { windowLine } from './window-line.ts'

const LOOK_MILLIS = 1000

export interface LoopWatch {
  /** Settles once every window up to the replay's end is evaluated and no run goes on. */
  readonly through: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Tells of windows, alerts, retrains, moves of traffic and runs as they come, and attends to approvals. */
export function watchLoop(client: Client, { unattended, until }: Pick<Watching, 'unattended' | 'until'>): LoopWatch {
  const stopping = new AbortController()
  const seen: Seen = { windows: 0, entries: 0, runs: new Map(), asked: new Set() }
  const watching = watch(client, { seen, unattended, until, stopping: stopping.signal })
  watching.catch((error: unknown) => tell(`watch: ${error instanceof Error ? error.message : String(error)}`))
  return {
    through: () => watching,
    stop: async () => {
      stopping.abort()
      await watching.catch(() => {})
    },
  }
}

interface Watching extends Attending {
  /** End of the last window that is waited for. */
  readonly until: string
  readonly stopping: AbortSignal
}

/** Ends once all is through. */
async function watch(client: Client, { seen, unattended, until, stopping }: Watching): Promise<void> {
  const store = await auditStore()
  await catchUp(store, seen)
  while (!stopping.aborted) {
    const last = await tellWindows(store, seen)
    await tellEntries(store, seen)
    const going = await tellRuns(client, seen, { unattended })
    if (going === 0 && last !== undefined && last.end >= until) return
    await pause(LOOK_MILLIS, undefined, { signal: stopping }).catch(() => {})
  }
}

interface Seen {
  windows: number
  entries: number
  readonly runs: Map<string, 'running' | 'ended'>
  readonly asked: Set<string>
}

/** What happened before this start was told then. */
async function catchUp(store: AuditStore, seen: Seen): Promise<void> {
  seen.windows = await monitors(store.objects).head(EXAMPLE.name)
  seen.entries = (await entriesOf(store)).length
}

async function tellWindows({ objects }: AuditStore, seen: Seen): Promise<WindowRecord | undefined> {
  const log = monitors(objects)
  const head = await log.head(EXAMPLE.name)
  let last = head > 0 && head === seen.windows ? await log.read(EXAMPLE.name, head) : undefined
  while (seen.windows < head) {
    seen.windows += 1
    last = await log.read(EXAMPLE.name, seen.windows)
    if (last !== undefined) tell(windowLine(last))
  }
  return last
}

const TOLD: ReadonlySet<string> = new Set(['alert', 'retrain', 'traffic', 'canary-verdict', 'canary-ended'])

async function tellEntries(store: AuditStore, seen: Seen): Promise<void> {
  const entries = await entriesOf(store)
  for (const entry of entries.slice(seen.entries)) {
    if (TOLD.has(entry.kind)) tell(`            ${entry.kind.padEnd(14)} ${entryText(entry)}`)
  }
  seen.entries = entries.length
}

async function entriesOf({ log, keys }: AuditStore): Promise<readonly AuditEntry[]> {
  return (await log.entries(serviceChain(EXAMPLE.name), keys)).map(({ entry }) => entry)
}

/** How many go on. */
async function tellRuns(client: Client, seen: Seen, options: { readonly unattended: boolean }): Promise<number> {
  let going = 0
  for await (const { workflowId, status, startTime, closeTime } of client.workflow.list({ query: EXAMPLE_RUNS })) {
    const known = seen.runs.get(workflowId)
    const isGoing = status.name === 'RUNNING'
    if (isGoing) {
      going += 1
      if (known === undefined) tell(`            run            ${workflowId} starts`)
      seen.runs.set(workflowId, 'running')
      await attend(client, workflowId, { seen, ...options })
    } else if (known === 'running') {
      const lasted = duration((closeTime ?? new Date()).getTime() - startTime.getTime())
      tell(`            run            ${workflowId} ends: ${await outcomeOf(client, workflowId)}, after ${lasted}`)
      seen.runs.set(workflowId, 'ended')
    } else seen.runs.set(workflowId, 'ended')
  }
  return going
}

interface Attending {
  readonly seen: Seen
  readonly unattended: boolean
}

async function attend(client: Client, run: string, { seen, unattended }: Attending): Promise<void> {
  const status = await client.workflow
    .getHandle(run)
    .query<RunStatus>('status')
    .catch(() => undefined)
  for (const { nonce } of status?.approvals ?? []) {
    if (seen.asked.has(nonce)) continue
    seen.asked.add(nonce)
    await askApproval(run, { approvers: [demoApprover(EXAMPLE.role)], unattended })
  }
}

/** Of a run that is over. */
export async function outcomeOf(client: Client, run: string): Promise<string> {
  const handle = client.workflow.getHandle(run)
  const result = (await handle.result().catch(() => undefined)) as { readonly outcome: string } | undefined
  return result?.outcome ?? 'failed'
}
