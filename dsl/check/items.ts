import type { GraphStep } from '../graph.ts'
import { placesIn } from '../bound.ts'
import type { ItemOrigin, Place } from '../reference.ts'
import type { Issue, Rule } from './issue.ts'

/** An item has a value inside its own each alone. */
export const items: Rule = (_, graph) => graph.flatMap(strayItem)

function strayItem({ id, declaration }: GraphStep): readonly Issue[] {
  const stray =
    declaration.kind === 'each'
      ? isStray(placesIn(declaration.over), undefined) || isStray(placesIn(declaration.step.input), declaration.item)
      : isStray(placesIn(declaration.kind === 'best' ? declaration.candidates : declaration.input), undefined)
  if (!stray) return []
  const message = 'expected no item of another each, got one'
  const remedy = 'let the callback of each() make one step, which alone reads the item'
  return [{ rule: 'stray-item', place: `step "${id}"`, message, remedy }]
}

function isStray(places: readonly Place[], own: ItemOrigin | undefined): boolean {
  return places.some(({ origin }) => origin.from === 'item' && origin !== own)
}
