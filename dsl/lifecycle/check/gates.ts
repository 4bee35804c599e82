import type { Issue } from '../../check/issue.ts'
import type { ColumnSpec } from '../../columns.ts'
import { modelsOf } from '../lifecycle.ts'
import { limitsOf } from '../model-nodes.ts'
import type { LifecycleRule } from './lifecycle-rule.ts'

/** A model without a gate would go on whatever it had learned; a slice needs values that can be listed. */
export const gates: LifecycleRule = (lifecycle) => {
  const { overall, slices = {} } = lifecycle.gates
  const columns = modelsOf(lifecycle)[0]?.features.from.columns ?? []
  return [
    ...(limitsOf(overall).length > 0 ? [] : [noGate()]),
    ...Object.keys(slices).flatMap((slice) => sliceIssues(slice, columns)),
  ]
}

function noGate(): Issue {
  const message = 'expected at least one bound, got none'
  return { rule: 'gates', place: 'gates.overall', message, remedy: 'say what a model has to reach' }
}

function sliceIssues(slice: string, columns: readonly ColumnSpec[]): readonly Issue[] {
  const kind = columns.find(({ name }) => name === slice)?.type.kind
  if (kind === 'enum' || kind === 'string' || kind === 'boolean' || kind === 'integer') return []
  const message = `expected an enum, string, boolean or integer column, got ${kind ? `a "${kind}"` : 'no such column'}`
  return [{ rule: 'gates', place: `gates.slices.${slice}`, message, remedy: 'slice by another column' }]
}
