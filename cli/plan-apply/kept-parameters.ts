import { z } from 'zod'
import type { Order } from '../../activities/order.ts'
import type { Json, ParameterSpec, Plan } from '../../dsl/plan.ts'
import { parametersOf } from '../run/parameters.ts'

/**
 * The parameters that a run goes on with: its own, those given as `name=value` over them, and the plan's defaults for
 * what it had none of. One whose schema does not take the run's value any more has to be given. Throws `usage`.
 */
export function keptParameters(
  plan: Plan,
  own: Order['parameters'],
  given: readonly string[],
): Readonly<Record<string, Json>> {
  const specs = Object.entries(plan.parameters).map(([name, spec]) => [name, withOwn(spec, own[name])] as const)
  return parametersOf({ ...plan, parameters: Object.fromEntries(specs) }, given)
}

function withOwn(spec: ParameterSpec, own: Json | undefined): ParameterSpec {
  const { schema } = spec
  if (own === undefined) return spec
  return z.fromJSONSchema(schema).safeParse(own).success ? { schema, default: own } : { schema }
}
