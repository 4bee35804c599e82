import { candidates } from './check/candidates.ts'
import { duplicateSteps } from './check/duplicate-steps.ts'
import { duplicateUnits } from './check/duplicate-units.ts'
import type { Issue, Rule } from './check/issue.ts'
import { items } from './check/items.ts'
import { names } from './check/names.ts'
import { noSteps } from './check/no-steps.ts'
import { parameters } from './check/parameters.ts'
import { paths } from './check/paths.ts'
import { policies } from './check/policies.ts'
import { renamedSteps } from './check/renamed-steps.ts'
import { schemas } from './check/schemas.ts'
import { graphOf } from './graph.ts'
import { operation } from './lifecycle/check/operation.ts'
import { lifecycle } from './lifecycle/check/rules.ts'
import type { Pipeline } from './pipeline.ts'

const RULES: readonly Rule[] = [
  noSteps,
  names,
  renamedSteps,
  duplicateSteps,
  duplicateUnits,
  items,
  candidates,
  parameters,
  schemas,
  paths,
  policies,
  lifecycle,
  operation,
]

/** Finds what types cannot say. An empty list means that the pipeline compiles. */
export function check(pipeline: Pipeline): readonly Issue[] {
  const graph = graphOf(pipeline)
  return RULES.flatMap((rule) => rule(pipeline, graph))
}
