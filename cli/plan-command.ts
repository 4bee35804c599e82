import { loadSettings } from '../config/settings.ts'
import { openStore } from '../store/open-store.ts'
import { CliError } from './errors.ts'
import { planFile } from './plan-file.ts'
import { printedPlan } from './plan-text.ts'
import { requireWritable } from './require-writable.ts'

export interface PlanOptions {
  /** `name=value` each; a node that reads a parameter without value is shown as unknown. */
  readonly param: readonly string[]
  /** Of a move only. */
  readonly as?: string
  readonly key?: string
  readonly json?: boolean
}

/**
 * `anneal plan FILE`: shows what a run would do and why. Stores the plan and its code, starts nothing.
 * Answers the exit code: 1 where it is known that the run would fail or end with a verdict, as the run's own then.
 */
export async function planCommand(file: string, { param, as, key, json = false }: PlanOptions): Promise<number> {
  if (as !== undefined || key !== undefined) throw needsRun()
  const settings = loadSettings()
  await requireWritable(settings)
  const store = openStore(settings.store)
  const report = await planFile(file, { settings, into: store, against: store, param })
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : printedPlan(report, process.stdout))
  return report.nodes.some(({ state }) => state === 'fails' || state === 'ends') ? 1 : 0
}

function needsRun(): CliError {
  return new CliError('usage', {
    message: '--as and --key are for a run that is moved to the plan',
    expected: '--apply-to RUN with them',
    got: 'none',
    remedy: 'name the run by --apply-to, or leave them out',
  })
}
