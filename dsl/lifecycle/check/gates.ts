import type { Issue } from '../../check/issue.ts'
import type { ColumnSpec } from '../../columns.ts'
import { modelsOf } from '../lifecycle.ts'
import { limitsOf } from '../model-nodes.ts'
import type { LifecycleRule } from './lifecycle-rule.ts'

/** A model without a gate would go on whatever it had learned; a slice needs values that can be listed. */
export const gates: LifecycleRule = (lifecycle) => {
  const { overall, slices = {}, fairness } = lifecycle.gates
  const columns = modelsOf(lifecycle)[0]?.features.from.columns ?? []
  return [
    ...(limitsOf(overall).length > 0 ? [] : [noGate()]),
    ...Object.keys(slices).flatMap((slice) => sliceIssues(slice, columns)),
    ...thresholdIssues(fairness?.threshold),
    ...Object.keys(fairness?.by ?? {}).flatMap((column) => fairnessIssues(column, columns)),
  ]
}

function noGate(): Issue {
  const message = 'expected at least one bound, got none'
  return { rule: 'gates', place: 'gates.overall', message, remedy: 'say what a model has to reach' }
}

function thresholdIssues(threshold = 0.5): readonly Issue[] {
  if (threshold > 0 && threshold < 1) return []
  const message = `expected a probability between 0 and 1, got ${threshold}`
  const remedy = 'say from which probability on somebody is selected'
  return [{ rule: 'gates', place: 'gates.fairness.threshold', message, remedy }]
}

/** What is not marked as protected gets no report by its groups. */
function fairnessIssues(column: string, columns: readonly ColumnSpec[]): readonly Issue[] {
  const found = columns.find(({ name }) => name === column)
  if (found?.protected === true) return []
  const message = `expected a protected column, got ${found ? 'one that is not' : 'no such column'}`
  const remedy = `mark it in the contract: .meta({ protected: true })`
  return [{ rule: 'gates', place: `gates.fairness.by.${column}`, message, remedy }]
}

function sliceIssues(slice: string, columns: readonly ColumnSpec[]): readonly Issue[] {
  const kind = columns.find(({ name }) => name === slice)?.type.kind
  if (kind === 'enum' || kind === 'string' || kind === 'boolean' || kind === 'integer') return []
  const message = `expected an enum, string, boolean or integer column, got ${kind ? `a "${kind}"` : 'no such column'}`
  return [{ rule: 'gates', place: `gates.slices.${slice}`, message, remedy: 'slice by another column' }]
}
