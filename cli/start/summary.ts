import type { Client } from '@temporalio/client'
import { serviceChain } from '../../store/approval-request.ts'
import type { AuditEntry } from '../../store/audit-entry.ts'
import { bodyOf } from '../../console/entry-bodies.ts'
import { monitors, type WindowRecord } from '../../store/monitors.ts'
import { auditStore } from '../approvals/audit-store.ts'
import { entryText } from '../approvals/entry-text.ts'
import type { DevHandle } from '../dev/start-dev.ts'
import { duration } from '../run/run-view.ts'
import { serviceView } from '../serving/service-view.ts'
import { EXAMPLE, EXAMPLE_RUNS } from './example.ts'
import { peakMemory } from './peak-memory.ts'
import type { Replay } from './replay-process.ts'
import { machineryRows, type Row } from './staying-up.ts'
import { outcomeOf } from './watch-loop.ts'

export interface LoopSummary {
  readonly text: string
  /** Served, watched to the end, and each run came to a decision; of the whole replay: alarmed of the drift, too. */
  readonly isWhole: boolean
}

interface Ended {
  readonly dev: DevHandle
  readonly replay: Replay
  /** Where the replay ended. */
  readonly until: string
  readonly seconds: string
}

/** The loop on one screen. */
export async function loopSummary(client: Client, { dev, replay, until, seconds }: Ended): Promise<LoopSummary> {
  const store = await auditStore()
  const head = await monitors(store.objects).head(EXAMPLE.name)
  const windows = await monitors(store.objects).newest(EXAMPLE.name, head)
  const entries = (await store.log.entries(serviceChain(EXAMPLE.name), store.keys)).map(({ entry }) => entry)
  const { stable, generation } = await serviceView({ store, keys: store.keys }, EXAMPLE.name)
  const runs = await runsOf(client)
  const memory = await peakMemory({ dev, replay })
  const rows: readonly Row[] = [
    ['service', `${EXAMPLE.name} answers by ${stable ?? 'nothing'}, generation ${generation}`],
    ['requests', requestsText(windows)],
    ['windows', `${windows.length}, up to ${windows.at(-1)?.end.slice(0, 10) ?? 'none'}`],
    ...entries.flatMap(alertRow),
    ...runs.map(({ run, outcome, lasted, events }): Row => [
      'run',
      `${run}: ${outcome} in ${lasted}, ${events} events`,
    ]),
    ...memory.map(([name, mib], index): Row => [index === 0 ? 'peak memory' : '', `${name} ${mib.toFixed(0)} MiB`]),
    ['took', seconds],
    [
      'look',
      `npx anneal monitor ${EXAMPLE.name}, npx anneal models show ${EXAMPLE.name}, npx anneal audit list service:${EXAMPLE.name}`,
    ],
    ...machineryRows(dev),
  ]
  const last = windows.at(-1)
  const isWhole =
    stable !== null &&
    last !== undefined &&
    last.end >= until &&
    (until < EXAMPLE.end || (entries.some(({ kind }) => kind === 'alert') && runs.length > 1)) &&
    runs.every(({ outcome }) => DECIDED.has(outcome))
  const text = rows.map(([name, value]) => `${name.padEnd(12)} ${value}`).join('\n')
  return { text: `\n${text}\n`, isWhole }
}

const DECIDED: ReadonlySet<string> = new Set(['serving', 'already-serving', 'gates-failed'])

function requestsText(windows: readonly WindowRecord[]): string {
  const sum = (of: (window: WindowRecord) => number): number => windows.reduce((total, window) => total + of(window), 0)
  const answered = sum(({ counts }) => counts.answered)
  return `${answered.toLocaleString('en-US')} answered, ${sum(({ counts }) => counts.failed)} failed, ${sum(({ counts }) => counts.refused)} refused by the contract`
}

function alertRow(entry: AuditEntry): readonly Row[] {
  const alert = bodyOf(entry, 'alert')
  return alert === undefined ? [] : [['alert', `${alert.end.slice(0, 10)} ${entryText(entry)}`]]
}

interface RunEnd {
  readonly run: string
  readonly outcome: string
  readonly lasted: string
  readonly events: number
}

async function runsOf(client: Client): Promise<readonly RunEnd[]> {
  const found: RunEnd[] = []
  for await (const { workflowId: run, startTime, closeTime, historyLength: events } of client.workflow.list({
    query: EXAMPLE_RUNS,
  })) {
    const lasted = duration((closeTime ?? new Date()).getTime() - startTime.getTime())
    found.unshift({ run, outcome: closeTime === undefined ? 'goes on' : await outcomeOf(client, run), lasted, events })
  }
  return found
}
