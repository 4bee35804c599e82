import type { GraphStep } from '../graph.ts'
import type { Pipeline } from '../pipeline.ts'

/** One thing that is wrong with a pipeline and that types cannot say. */
export interface Issue {
  /** The rule's name, in kebab-case. */
  readonly rule: string
  /** Where: `step "train"`. */
  readonly place: string
  /** `expected X, got Y`. */
  readonly message: string
  /** What to do about it. */
  readonly remedy: string
}

export type Rule = (pipeline: Pipeline, graph: readonly GraphStep[]) => readonly Issue[]

export function describeIssue({ place, message, remedy }: Issue): string {
  return `${place}: ${message}; ${remedy}`
}
