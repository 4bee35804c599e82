import type { Issue } from '../../check/issue.ts'
import { contractsOf, modelsOf } from '../lifecycle.ts'
import type { LifecycleRule } from './lifecycle-rule.ts'

/** DuckDB takes two columns for one where their names differ in case only. */
export const letterCase: LifecycleRule = (lifecycle) => [
  ...contractsOf(lifecycle).flatMap(({ name, columns }) => collisions(`contract "${name}"`, 'columns', columns)),
  ...[...new Set(modelsOf(lifecycle).map(({ features }) => features))].flatMap(({ name, features }) =>
    collisions(`features "${name}"`, 'features', features),
  ),
]

function collisions(place: string, noun: string, columns: readonly { readonly name: string }[]): readonly Issue[] {
  const first = new Map<string, string>()
  return columns.flatMap(({ name }) => {
    const other = first.get(name.toLowerCase())
    first.set(name.toLowerCase(), other ?? name)
    if (other === undefined) return []
    const message = `expected ${noun} whose names differ in more than case, got "${other}" and "${name}"`
    return [{ rule: 'letter-case', place, message, remedy: 'rename one' }]
  })
}
