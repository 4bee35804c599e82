import type { Lifecycle, LifecycleOptions, Trained } from './lifecycle/lifecycle.ts'
import type { Schedule, Trigger } from './lifecycle/schedule.ts'
import type { CostCap, Retention } from './lifecycle/stage-policy.ts'
import type { AnyModel } from './model.ts'
import type { Environment } from './plan.ts'
import type { AnyStep, StepDeclaration } from './step.ts'

/** A whole declaration: what a pipeline's file exports by default. */
export interface Pipeline {
  readonly name: string
  readonly steps: readonly ListedStep[]
  readonly owner: string
  readonly description: string
  readonly tags: readonly string[]
  readonly environment: Environment
  /** From sources to a served model; undefined where there are steps alone. */
  readonly lifecycle: Lifecycle | undefined
  readonly operation: OperationOptions
}

/** A step whose output is a result of the pipeline. */
export interface ListedStep {
  readonly declaration: StepDeclaration
  /** The id that the pipeline gives it; undefined where the step keeps its own. */
  readonly id: string | undefined
}

/** When runs start and what they may take. */
export interface OperationOptions {
  /** Default: runs start by hand and by trigger only. */
  readonly schedule?: Schedule
  /** Signals that start a run, by name. */
  readonly triggers?: Readonly<Record<string, Trigger>>
  /** Default: everything is kept. */
  readonly retention?: Retention
  /** Default: none. */
  readonly costCap?: CostCap
}

/** What any pipeline may say. */
interface CommonOptions extends OperationOptions {
  /** Who answers for it: a person or a team. Default: nobody. */
  readonly owner?: string
  /** What it is for, in a sentence or two. Default: none. */
  readonly description?: string
  /** Words to find it by. Default: none. */
  readonly tags?: readonly string[]
  /** Production does not compile without an approval. Default 'staging'. */
  readonly environment?: Environment
}

interface StepOptions {
  /**
   * The steps whose outputs are the run's results, as a list or under the ids they are to have. Steps that these refer
   * to run as well and need not be listed.
   */
  readonly steps: readonly AnyStep<unknown>[] | Readonly<Record<string, AnyStep<unknown>>>
}

/** What makes a pipeline a lifecycle. */
interface TrainOptions<M extends AnyModel> {
  /** The model, or the best of several; with it the pipeline has sources and gates, and may have a canary. */
  readonly train?: Trained<M>
}

/** Steps, or a lifecycle with or without steps of its own. */
export type PipelineOptions<M extends AnyModel> = CommonOptions &
  TrainOptions<M> &
  ([M] extends [never] ? StepOptions : LifecycleOptions<NoInfer<M>> & Partial<StepOptions>)

/**
 * A whole declaration, which the file exports by default: a lifecycle, steps, or both. What breaks a rule is told by
 * `anneal plan`, not thrown.
 */
export function pipeline<M extends AnyModel = never>(name: string, options: PipelineOptions<M>): Pipeline {
  // Which fields there are hangs on `M`, which is gone at run time.
  const given = options as CommonOptions & Partial<StepOptions> & Partial<Lifecycle>
  const { steps = [], owner = '', description = '', tags = [], environment = 'staging' } = given
  const lifecycle = hasLifecycle(given) ? given : undefined
  return { name, steps: listed(steps), owner, description, tags, environment, lifecycle, operation: given }
}

/** The type asks for the rest of a lifecycle as soon as there is a model. */
function hasLifecycle(options: Partial<Lifecycle>): options is Lifecycle {
  return options.train !== undefined
}

/** Named steps stand in the order of their names, so that the author's order of fields changes nothing. */
function listed(steps: StepOptions['steps']): readonly ListedStep[] {
  if (isList(steps)) return steps.map(({ declaration }) => ({ declaration, id: undefined }))
  return Object.entries(steps)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([id, { declaration }]) => ({ declaration, id }))
}

function isList(steps: StepOptions['steps']): steps is readonly AnyStep<unknown>[] {
  return Array.isArray(steps)
}
