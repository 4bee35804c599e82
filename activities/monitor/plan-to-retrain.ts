import type { Digest, Json, Plan } from '../../dsl/plan.ts'
import { readAppliedPlan } from '../../store/applied-plans.ts'
import type { Engine } from '../engine.ts'

interface Wanted {
  readonly pipeline: string
  /** The order that the service is monitored by: what it was run with goes for the next run, too. */
  readonly order: Digest
  /** Event time, ISO 8601. */
  readonly asOf: string
}

type Chosen =
  | { readonly planDigest: Digest; readonly parameters: Readonly<Record<string, Json>> }
  /** A parameter that nobody has given a value. */
  | { readonly missing: string }

/** The pipeline's plan that was applied last, or the monitor's own where that is not written down yet, with a new asOf. */
export async function planToRetrain(engine: Engine, { pipeline, order, asOf }: Wanted): Promise<Chosen> {
  const own = await engine.order(order)
  const { plan, planDigest }: { readonly plan: Plan; readonly planDigest: Digest } =
    (await readAppliedPlan(engine, pipeline)) ?? own
  const known: Readonly<Record<string, Json>> = { ...own.parameters, asOf }
  const values = Object.entries(plan.parameters).map(([name, spec]) => [name, known[name] ?? spec.default] as const)
  const missing = values.find(([, value]) => value === undefined)
  if (missing !== undefined) return { missing: missing[0] }
  const given = values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  return { planDigest, parameters: Object.fromEntries(given) }
}
