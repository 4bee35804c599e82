import { codeOf, graphOf, originsOf } from './graph.ts'
import { modelsOf } from './lifecycle/lifecycle.ts'
import type { Pipeline } from './pipeline.ts'
import type { ScriptUnit, TaskUnit } from './step.ts'

/** What has to be in the store before a pipeline compiles. */
export interface CodeUnits {
  readonly tasks: readonly TaskUnit[]
  readonly scripts: readonly ScriptUnit[]
  /** Paths relative to the pipeline's file. */
  readonly files: readonly string[]
  /** Shipped training programs; the unit `trainer:<program>` is the program's folder. */
  readonly trainers: readonly string[]
}

/** Lists what to bundle and pack, each once, in the graph's order. */
export function unitsOf(pipeline: Pipeline): CodeUnits {
  const graph = graphOf(pipeline)
  const units = new Set(graph.flatMap(({ declaration }) => codeOf(declaration)?.unit ?? []))
  const origins = originsOf(pipeline, graph)
  const models = pipeline.lifecycle === undefined ? [] : modelsOf(pipeline.lifecycle)
  return {
    tasks: [...units].filter((unit) => unit.kind === 'task'),
    scripts: [...units].filter((unit) => unit.kind === 'python'),
    files: [...new Set(origins.flatMap((origin) => (origin.from === 'file' ? [origin.name] : [])))],
    trainers: [...new Set(models.map(({ trainer }) => trainer.program))].toSorted(),
  }
}
