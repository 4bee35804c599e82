import { rm } from 'node:fs/promises'
import type { Evaluated } from '../../activities/evaluate.ts'
import { boundText, type Gate } from '../../stats/gates.ts'
import type { OpenStore } from '../../store/open-store.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { wantsColour } from '../colour.ts'
import { metricLines } from '../models/metric-lines.ts'
import { shortNumber } from '../models/table.ts'
import { writeReports } from './reports-command.ts'
import type { RunHandle } from './start-run.ts'

/**
 * Tells what a trial has found: of each model its metrics and gates, and where the pages are. `folder` is emptied
 * first, so that it holds the last trial's pages and no others.
 */
export async function tellTrial(
  handle: RunHandle,
  { store, folder }: { readonly store: OpenStore; readonly folder: string },
): Promise<void> {
  const { nodes } = await handle.query<RunStatus>('status')
  await rm(folder, { recursive: true, force: true })
  const written = await writeReports(store, { nodes, folder })
  const found = await Promise.all(
    nodes.map(async ({ id, kind, ...node }) =>
      kind === 'evaluate' && node.state === 'done' ? evaluationLines(id, await outputOf(store, node.answer.key)) : [],
    ),
  )
  const pages = written.filter((path) => path.endsWith('.html')).map((path) => `  ${path}`)
  const lines = [...found.flat(), ...(pages.length === 0 ? [] : ['pages', ...pages]), 'a trial: nothing is registered']
  process.stderr.write(lines.map((line) => `${line}\n`).join(''))
}

async function outputOf(store: OpenStore, key: string): Promise<Evaluated | undefined> {
  const result = await store.results.find(key)
  // As the activity publishes it.
  return result && ((await store.results.output(result)) as unknown as Evaluated)
}

function evaluationLines(id: string, evaluated: Evaluated | undefined): readonly string[] {
  if (evaluated === undefined) return []
  return [
    id,
    ...metricLines(evaluated, { colour: wantsColour(process.stderr) }).map((line) => `  ${line}`),
    ...evaluated.gates.map(gateLine),
  ]
}

/** A sample decides nothing, so a gate would do what it says. */
function gateLine({ name, bound, value, passed }: Gate): string {
  const none = passed ? 'nothing to compare with' : 'no value on so few rows'
  const got = value === null ? none : shortNumber(value)
  return `  gate ${name}: ${passed ? 'would pass' : 'would fail'}, ${got}, ${boundText(bound)}`
}
