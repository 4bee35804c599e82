import type { z } from 'zod'
import { codeOf } from '../graph.ts'
import { type Side, whyUnsayable } from '../json-schema.ts'
import { parametersOf } from '../parameter-specs.ts'
import type { Issue, Rule } from './issue.ts'

/** Schemas of scripts and parameters travel as JSON Schema. */
export const schemas: Rule = (pipeline, graph) => {
  const units = new Set(graph.flatMap(({ declaration }) => codeOf(declaration)?.unit ?? []))
  const scripts = [...units].filter((unit) => unit.kind === 'python')
  return [
    ...scripts.flatMap(({ name, input }) => issueOf(`python "${name}" input`, input, 'input')),
    ...scripts.flatMap(({ name, output }) => issueOf(`python "${name}" output`, output, 'output')),
    ...parametersOf(pipeline, graph).flatMap(({ name, schema }) => issueOf(`parameter "${name}"`, schema, 'output')),
  ]
}

function issueOf(place: string, schema: z.ZodType, side: Side): readonly Issue[] {
  const message = whyUnsayable(schema, side)
  const remedy = 'use plain checks such as z.int().min(1), and do the rest in a task'
  return message === undefined ? [] : [{ rule: 'schema', place, message, remedy }]
}
