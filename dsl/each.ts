import { bind } from './bound.ts'
import { DslError } from './errors.ts'
import { type ItemOrigin, type Ref, reference, type RefOf } from './reference.ts'
import { type Step, stepOf, type StepOptions } from './step.ts'

/**
 * Runs one step for every element of a list. The result is the list of outputs, in the list's order.
 * The callback is called once, with a reference to the element.
 */
export function each<const List extends Ref<readonly unknown[]> | readonly unknown[], Out>(
  over: List,
  step: (item: RefOf<ItemOf<List>>) => Step<Out>,
  options: StepOptions = {},
): Step<Out[]> {
  const item: ItemOrigin = { from: 'item' }
  const { declaration } = step(reference<ItemOf<List>>(item))
  const name = options.id ?? declaration.name
  if (declaration.kind === 'each' || declaration.kind === 'best') {
    const remedy = 'make the list flat in a step of its own'
    throw new DslError('step', `each "${name}": expected a task or python step, got ${declaration.kind}; ${remedy}`)
  }
  const given = bind(over, `each "${name}": list`)
  return stepOf({ kind: 'each', name, named: options.id !== undefined, over: given, item, step: declaration })
}

/** What the list is of. A list written down may have references in it, which stand for their values. */
type ItemOf<List> =
  List extends Ref<readonly (infer Item)[]> ? Item : List extends readonly (infer Item)[] ? Resolved<Item> : never
type Resolved<T> = T extends Ref<infer Value> ? Value : T extends object ? { [K in keyof T]: Resolved<T[K]> } : T
