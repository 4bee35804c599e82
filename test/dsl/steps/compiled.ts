import { unitsOf } from '../../../dsl/code-units.ts'
import { compile } from '../../../dsl/compile.ts'
import { digestOf } from '../../../dsl/digest.ts'
import type { Pipeline } from '../../../dsl/pipeline.ts'
import type { Plan } from '../../../dsl/plan.ts'

/** The plan, as though each unit and file had been packed and were named by its own name. */
export function compiled(pipeline: Pipeline): Plan {
  const { tasks, scripts, files } = unitsOf(pipeline)
  const code = [...tasks, ...scripts].map(({ name }) => name)
  return compile(pipeline, { code: digestsOf(code), files: digestsOf(files) })
}

function digestsOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, digestOf(name)]))
}
