import type { Settings } from '../config/settings.ts'
import type { Json, Plan } from '../dsl/plan.ts'
import type { OpenStore } from '../store/open-store.ts'
import { trusted } from '../store/signing/keys.ts'
import { prepare } from './pipeline-file/prepare.ts'
import { planReport, type PlanReport } from './plan-report.ts'
import { parametersOf } from './run/parameters.ts'

export interface PlanFileOptions {
  readonly settings: Settings
  /** Where the plan and its code are put. */
  readonly into: OpenStore
  /** What it is compared with. */
  readonly against: OpenStore
  /** `name=value` each; a node that reads a parameter without value is shown as unknown. */
  readonly param: readonly string[]
}

/** Checks a pipeline file, and says what a run of it would do. Throws as `prepare` does. */
export async function planFile(file: string, { settings, into, against, param }: PlanFileOptions): Promise<PlanReport> {
  const approve = (draft: Plan): void => {
    knownParameters(draft, param)
  }
  const { plan, planDigest } = await prepare(file, { settings, store: into, approve })
  return planReport({
    plan,
    planDigest,
    store: against,
    projectFolder: settings.root,
    trustedKeys: () => trusted(settings.keys),
    parameters: knownParameters(plan, param),
  })
}

/** The values given and the defaults; a run would refuse the ones that are missing. */
function knownParameters(plan: Plan, given: readonly string[]): Readonly<Record<string, Json>> {
  const names = new Set(given.map((pair) => pair.split('=', 1)[0] ?? ''))
  const known = Object.entries(plan.parameters).filter(([name, spec]) => spec.default !== undefined || names.has(name))
  const areKnown = [...names].every((name) => name in plan.parameters)
  // The whole plan says which names there are.
  return parametersOf(areKnown ? { ...plan, parameters: Object.fromEntries(known) } : plan, given)
}
