import { digestOf } from '../dsl/digest.ts'
import type { BestSpec, Digest, Json, StepSpec } from '../dsl/plan.ts'

/** Raised when an activity's code changes what it makes of the same input; older results are then not reused. */
const ACTIVITY_VERSION = { task: 1, python: 1, each: 1, best: 1 } as const

/** Names the result of one step on one input: what runs, and on what, but not how (timeouts, queues). */
export function stepKey(step: StepSpec, input: Json): Digest {
  return step.language === 'typescript'
    ? digestOf({ kind: 'task', version: ACTIVITY_VERSION.task, code: step.code, input })
    : digestOf({
        kind: 'python',
        version: ACTIVITY_VERSION.python,
        code: step.code,
        script: step.script,
        inputSchema: step.inputSchema,
        outputSchema: step.outputSchema,
        input,
      })
}

/** Names the list that an `each` node makes: the results of its step on every element, in order. */
export function eachKey(stepKeys: readonly Digest[]): Digest {
  return digestOf({ kind: 'each', version: ACTIVITY_VERSION.each, steps: stepKeys })
}

export function bestKey({ metric, prefer }: BestSpec, candidates: Json): Digest {
  return digestOf({ kind: 'best', version: ACTIVITY_VERSION.best, metric, prefer, candidates })
}
