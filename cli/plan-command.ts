import { loadSettings } from '../config/settings.ts'
import type { Json, Plan } from '../dsl/plan.ts'
import { openStore } from '../store/open-store.ts'
import { trusted } from '../store/signing/keys.ts'
import { wantsColour } from './colour.ts'
import { prepare } from './pipeline-file/prepare.ts'
import { planReport } from './plan-report.ts'
import { planText } from './plan-text.ts'
import { requireWritable } from './require-writable.ts'
import { parametersOf } from './run/parameters.ts'

export interface PlanOptions {
  /** `name=value` each; a node that reads a parameter without value is shown as unknown. */
  readonly param: readonly string[]
  readonly json?: boolean
}

/**
 * `anneal plan FILE`: shows what a run would do and why. Stores the plan and its code, starts nothing.
 * Answers the exit code: 1 where it is known that the run would fail or end with a verdict, as the run's own then.
 */
export async function planCommand(file: string, { param, json = false }: PlanOptions): Promise<number> {
  const settings = loadSettings()
  await requireWritable(settings)
  const store = openStore(settings.store)
  const approve = (draft: Plan): void => {
    knownParameters(draft, param)
  }
  const { plan, planDigest } = await prepare(file, { settings, store, approve })
  const report = await planReport({
    plan,
    planDigest,
    store,
    projectFolder: settings.root,
    trustedKeys: () => trusted(settings.keys),
    parameters: knownParameters(plan, param),
  })
  const { stdout } = process
  const colour = wantsColour(stdout)
  const text = planText(report, { colour, columns: stdout.isTTY ? Math.max(stdout.columns, 60) : 80 })
  stdout.write(json ? `${JSON.stringify(report)}\n` : text)
  return report.nodes.some(({ state }) => state === 'fails' || state === 'ends') ? 1 : 0
}

/** The values given and the defaults; a run would refuse the ones that are missing. */
function knownParameters(plan: Plan, given: readonly string[]): Readonly<Record<string, Json>> {
  const names = new Set(given.map((pair) => pair.split('=', 1)[0] ?? ''))
  const known = Object.entries(plan.parameters).filter(([name, spec]) => spec.default !== undefined || names.has(name))
  const areKnown = [...names].every((name) => name in plan.parameters)
  // The whole plan says which names there are.
  return parametersOf(areKnown ? { ...plan, parameters: Object.fromEntries(known) } : plan, given)
}
