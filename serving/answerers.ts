import type { LoadedGeneration } from './loaded-generation.ts'
import type { ServedModel } from './served-model.ts'
import type { Answerer } from './traffic-counts.ts'

/** Who answers by a version of a generation. Without a model the stable one: what no version was chosen for counts for it. */
export type AnswererOf = (generation: LoadedGeneration, model: ServedModel | undefined) => Answerer

/** One object for one version of one generation, so that counting needs no key. */
export function answerers(): AnswererOf {
  const known = new WeakMap<LoadedGeneration, Map<ServedModel | undefined, Answerer>>()
  return (generation, model) => {
    const of = known.get(generation) ?? new Map<ServedModel | undefined, Answerer>()
    known.set(generation, of)
    const found = of.get(model) ?? answererOf(generation, model)
    of.set(model, found)
    return found
  }
}

function answererOf({ signed, stable, candidate }: LoadedGeneration, model: ServedModel | undefined): Answerer {
  const { served } = model ?? stable?.model ?? candidate?.model ?? {}
  return { generation: signed.state.generation, model: served?.model ?? 'none', version: served?.version ?? 0 }
}
