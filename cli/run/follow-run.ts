import type { Json } from '../../dsl/plan.ts'
import type { Verdict } from '../../activities/requests.ts'
import type { OpenStore } from '../../store/open-store.ts'
import type { RunResult } from '../../workflows/run-pipeline.ts'
import { attended } from './attended.ts'
import { progressAsJson, progressOn, type Progress } from './progress.ts'
import type { RunOptions } from './run-command.ts'
import { runFailed } from './run-failed.ts'
import type { RunHandle, StartedRun } from './start-run.ts'
import { verdictLines } from './verdict-text.ts'
import { watchRun } from './watch-run.ts'

/** Outcomes that a run is for. */
const SUCCESS: ReadonlySet<RunResult['outcome']> = new Set(['completed', 'serving', 'already-serving'] as const)

export interface FollowOptions {
  readonly store: OpenStore
  readonly options: Pick<RunOptions, 'json' | 'detach' | 'attend'>
  /** Settles when whoever follows wants to no longer. */
  readonly interrupted: Promise<'interrupted'>
}

/**
 * Tells of a run until it ends, its results on stdout, or until interrupted: then the run goes on without us.
 * Answers the exit code: 0, 1 after a verdict, or 130 when interrupted. Throws `run-failed`.
 */
export async function followRun({ handle, joined }: StartedRun, follow: FollowOptions): Promise<number> {
  const { store, options, interrupted } = follow
  const run = handle.workflowId
  const json = options.json === true
  if (json) write({ event: joined ? 'joined' : 'started', run })
  else tell(`${joined ? 'joined' : 'started'} ${run}`)
  if (options.detach === true) return 0
  const begun = performance.now()
  const picture = (): Progress => (json ? progressAsJson(process.stdout) : progressOn(process.stderr))
  const progress = options.attend === undefined ? picture() : attended(picture, options.attend)
  const end = await watchRun(handle, { progress, interrupted }).catch((error: unknown) => {
    throw runFailed(run, error)
  })
  if (end === 'interrupted') return detach(run, json)
  const outputs = await outputsOf(end, store)
  const millis = joined ? await millisOf(handle) : Math.round(performance.now() - begun)
  if (json) write({ event: 'ended', run, ...end, results: outputs, millis })
  else summarise(end, { run, outputs, millis })
  return SUCCESS.has(end.outcome) ? 0 : 1
}

/** How long a run took that others had started; one that continued as new, since it last did. */
async function millisOf(handle: RunHandle): Promise<number> {
  const { startTime, closeTime } = await handle.describe()
  return (closeTime ?? new Date()).getTime() - startTime.getTime()
}

interface Output {
  readonly node: string
  readonly digest: string
  readonly output: Json
}

function outputsOf({ results }: RunResult, store: OpenStore): Promise<readonly Output[]> {
  return Promise.all(
    results.map(async ({ node, key, digest }) => {
      const result = await store.results.find(key)
      return { node, digest, output: result === undefined ? null : await store.results.output(result) }
    }),
  )
}

function detach(run: string, json: boolean): number {
  if (json) write({ event: 'detached', run })
  else tell(`\nthe run goes on\n  follow it  anneal status ${run} --follow\n  stop it    anneal cancel ${run}`)
  return 130
}

function summarise(
  { outcome, ran, reused }: RunResult,
  { run, outputs, millis }: { readonly run: string; readonly outputs: readonly Output[]; readonly millis: number },
): void {
  tell(`${outcome} in ${(millis / 1000).toFixed(1)} s: ${ran} ran, ${reused} reused`)
  if (outcome !== 'completed' && outcome !== 'serving') {
    for (const { node, output } of outputs) tell([node, ...verdictLines(output)].join('\n'))
    tell(`  remedy    ${remedyOf(outcome, run)}`)
    return
  }
  for (const { node, output } of outputs) process.stdout.write(`${node}: ${JSON.stringify(output, null, 2)}\n`)
}

function remedyOf(outcome: Verdict, run: string): string {
  switch (outcome) {
    case 'already-serving':
      return 'nothing to do: train on other data or change the pipeline for another model'
    case 'busy':
      return 'see who has it with `anneal services`; run again when that is done'
    case 'aborted':
    case 'rolled-back':
      return 'see what the service answers by with `anneal services`, and what was found with `anneal audit list`'
    case 'features-skewed':
      return 'tell whoever maintains the engine, with the feature named: online and offline have to be one'
    case 'rejected':
      return 'mend what was objected to and run again: it asks anew'
    case 'expired':
      return 'run again, and have it decided in time with `anneal approve`'
    case 'data-rejected':
    case 'gates-failed':
      return `see all of it with \`anneal reports ${run} FOLDER\`; mend the data or the model, or change what the pipeline asks of it`
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}

function write(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}
