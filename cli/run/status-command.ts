import type { Client, WorkflowExecutionInfo } from '@temporalio/client'
import { loadSettings } from '../../config/settings.ts'
import { openStore } from '../../store/open-store.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { wantsColour } from '../colour.ts'
import { followRun } from './follow-run.ts'
import { untilInterrupted } from './interruption.ts'
import { requireRun } from './require-run.ts'
import { listText, runText, summaryOf } from './status-text.ts'
import { connectClient } from './temporal-client.ts'

export interface StatusOptions {
  readonly json?: boolean
  /** How many runs to list. */
  readonly limit: number
  /** Stay with the run until it ends. */
  readonly follow?: boolean
}

/** Tells of one run, node by node, or lists the latest runs. Answers the exit code. Throws `run-unknown`. */
export async function statusCommand(run: string | undefined, options: StatusOptions): Promise<number> {
  const settings = loadSettings()
  const client = await connectClient(settings)
  try {
    if (run === undefined) return await listRuns(client, options)
    if (options.follow !== true) return await showRun(client, { run, json: options.json === true })
    const { handle } = await requireRun(client, run)
    const interrupted = untilInterrupted()
    return await followRun({ handle, joined: true }, { store: openStore(settings.store), options, interrupted })
  } finally {
    await client.connection.close()
  }
}

async function listRuns(client: Client, { limit, json }: StatusOptions): Promise<number> {
  const infos: WorkflowExecutionInfo[] = []
  for await (const info of client.workflow.list({ query: "WorkflowType = 'runPipeline'", pageSize: limit })) {
    infos.push(info)
    if (infos.length === limit) break
  }
  const runs = infos.map(summaryOf)
  return write(json === true ? JSON.stringify(runs) : listText(runs, formatNow()))
}

interface Shown {
  readonly run: string
  readonly json: boolean
}

async function showRun(client: Client, { run, json }: Shown): Promise<number> {
  const { handle, info } = await requireRun(client, run)
  // A query needs a worker, also for a run that is over.
  const status = await handle.query<RunStatus>('status').catch(() => undefined)
  const summary = summaryOf(info)
  return write(json ? JSON.stringify({ ...summary, ...status }) : runText({ summary, status }, formatNow()))
}

function formatNow(): { colour: boolean; nowMillis: number } {
  return { colour: wantsColour(process.stdout), nowMillis: Date.now() }
}

function write(text: string): 0 {
  process.stdout.write(`${text}\n`)
  return 0
}
