import type { Settings } from '../../config/settings.ts'
import type { Json, NodePolicy, Plan, PlanNode } from '../../dsl/plan.ts'
import { sampledPlan } from '../../dsl/trial.ts'
import { openStore } from '../../store/open-store.ts'
import { createKey } from '../../store/signing/keys.ts'
import { prepare, type Prepared } from '../pipeline-file/prepare.ts'
import { parametersOf } from '../run/parameters.ts'
import { approversOf, AUTHOR, enrolDemoPeople, type DemoPerson } from '../start/people.ts'
import { layPlace, type Place } from './place.ts'

/** What is run again and again: a prepared pipeline, in a place that each run begins with a copy of. */
export interface Subject extends Prepared {
  readonly parameters: Readonly<Record<string, Json>>
  readonly origin: Place
  /** Demonstration's people who sign where the pipeline asks for an approval, in order. */
  readonly approvers: readonly DemoPerson[]
}

export interface SubjectOptions {
  readonly settings: Settings
  /** Where its place is laid. */
  readonly folder: string
  /** `name=value` each. */
  readonly param: readonly string[]
  /** Share of each source's rows. Default: all. */
  readonly sample?: number
}

/** Throws what `anneal run` throws of a file and its parameters. */
export async function prepareSubject(
  file: string,
  { settings, folder, param, sample = 1 }: SubjectOptions,
): Promise<Subject> {
  const origin = await layPlace(folder, { root: settings.root })
  await createKey(origin.settings.keys)
  const prepared = await prepare(file, {
    settings: origin.settings,
    store: openStore(origin.settings.store),
    approve: (draft) => parametersOf(draft, param),
    reshape: (plan) => impatient(withoutTraffic(sample === 1 ? plan : sampledPlan(plan, sample))),
  })
  const approvers = approversOf(prepared.plan)
  if (approvers.length > 0) await enrolDemoPeople([AUTHOR, ...approvers], origin.settings)
  return { ...prepared, parameters: parametersOf(prepared.plan, param), origin, approvers }
}

/** Deaths are noticed as soon as a busy machine allows, and as many attempts are made as there may be kills: no result hangs on it. */
function impatient(plan: Plan): Plan {
  const nodes = plan.nodes.map((node) => ({ ...node, policy: hurried(node.policy) }))
  return { ...plan, nodes }
}

function hurried(policy: NodePolicy): NodePolicy {
  return {
    ...policy,
    attempts: Math.max(policy.attempts, 20),
    backoffMillis: Math.min(policy.backoffMillis, 100),
    heartbeatMillis: Math.min(policy.heartbeatMillis, 2000),
  }
}

/** Up to what needs requests to a service, which nobody makes here: a canary, a monitor, and what comes after. */
function withoutTraffic(plan: Plan): Plan {
  const gone = new Set<string>()
  const needsTraffic = ({ kind, needs }: PlanNode): boolean =>
    kind === 'canary' || kind === 'monitor' || needs.some((id) => gone.has(id))
  for (const node of plan.nodes) if (needsTraffic(node)) gone.add(node.id)
  return {
    ...plan,
    nodes: plan.nodes.filter(({ id }) => !gone.has(id)),
    results: plan.results.filter((id) => !gone.has(id)),
  }
}
