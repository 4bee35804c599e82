import type { Ast } from '../../ast.ts'
import type { AnyModel } from '../../model.ts'
import { modelsOf } from '../lifecycle.ts'
import type { LifecycleRule } from './lifecycle-rule.ts'

/** What is known with the row is nothing to forecast: as a feature it would give the answer away. */
export const labels: LifecycleRule = (lifecycle) => modelsOf(lifecycle).flatMap(knownAtOnce)

function knownAtOnce({ name, label, features }: AnyModel): ReturnType<LifecycleRule> {
  const { from } = features
  const outcomes = new Set(from.columns.flatMap((column) => (column.outcome ? [column.name] : [])))
  const read = columnsOf(label.ast)
  if (read.some((column) => outcomes.has(column))) return []
  const message = `expected a label that reads an outcome of "${from.name}", got one of ${read.map((column) => `"${column}"`).join(', ') || 'no column'}`
  const remedy = 'declare what is known only afterwards under `outcomes` of the contract, out of the reach of features'
  return [{ rule: 'label', place: `model "${name}"`, message, remedy }]
}

/** A label looks at its own row only. */
function columnsOf(ast: Ast): readonly string[] {
  if (ast.op === 'column') return [ast.name]
  return 'args' in ast ? [...new Set(ast.args.flatMap(columnsOf))] : []
}
