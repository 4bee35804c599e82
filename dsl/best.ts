import { bind } from './bound.ts'
import { type BestModel, bestModel, type BestModelOptions } from './lifecycle/best-model.ts'
import type { AnyModel } from './model.ts'
import { type AnyStep, type Step, stepOf, type StepOptions } from './step.ts'

/** The fields of `Out` by which candidates can be ranked: its numbers. */
export type MetricOf<Out> = [NumberIn<Out>] extends [never] ? 'candidates have no number in common' : NumberIn<Out>
type NumberIn<Out> = { [K in keyof Out]-?: [Out[K]] extends [number] ? K : never }[keyof Out] & string

/** How the best of several steps is found. */
interface BestOptions<Out> extends StepOptions {
  /** The number that decides. */
  readonly by: MetricOf<Out>
  /** Whether more or less of it is better. */
  readonly prefer: 'higher' | 'lower'
}

/**
 * Chooses the step whose output's metric is best, or among models of one task the one with the best metric on the
 * holdout; the first one among equals. A metric that is not finite fails the run.
 */
export function best<C extends Candidates>(candidates: C, options: OptionsOf<NoInfer<C>>): Chosen<C> {
  // The conditional types tie options and result to what the candidates are.
  const given = options as Ranking | { readonly by: string }
  const chosen =
    'prefer' in given
      ? bestStep(candidates as StepCandidates, given)
      : bestModel(candidates as readonly AnyModel[], given.by)
  return chosen as Chosen<C>
}

type StepCandidates = readonly AnyStep<unknown>[] | AnyStep<readonly unknown[]>
type Candidates = readonly AnyModel[] | StepCandidates

type OptionsOf<C> = C extends readonly (infer M extends AnyModel)[] ? BestModelOptions<M> : BestOptions<MadeBy<C>>
type Chosen<C> = C extends readonly (infer M extends AnyModel)[] ? BestModel<M> : Step<MadeBy<C>>
type MadeBy<C> = C extends readonly AnyStep<infer Out>[] ? Out : C extends AnyStep<readonly (infer Out)[]> ? Out : never

interface Ranking extends StepOptions {
  readonly by: string
  readonly prefer: 'higher' | 'lower'
}

function bestStep(candidates: StepCandidates, options: Ranking): Step<unknown> {
  const { by, prefer, id } = options
  const listed = 'declaration' in candidates ? undefined : candidates.map((step) => step.output)
  const given = 'declaration' in candidates ? candidates.output : listed
  return stepOf({
    kind: 'best',
    name: id ?? 'best',
    named: id !== undefined,
    candidates: bind(given, `best "${id ?? 'best'}": candidates`),
    count: listed?.length,
    by,
    prefer,
  })
}
