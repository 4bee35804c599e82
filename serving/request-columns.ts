import type { ColumnSpec } from '../dsl/columns.ts'
import type { FeatureSpec } from '../dsl/features.ts'
import type { ContractSpec } from '../dsl/plan.ts'
import { columnsOf } from '../features/read-contract.ts'

/** What a client sends: the columns that the features reach, the key and the time. Outcomes are never among them. */
export function requestColumns(contract: ContractSpec, features: readonly FeatureSpec[]): readonly ColumnSpec[] {
  const { columns, key, time } = contract
  const wanted = new Set(features.flatMap(({ expression }) => columnsOf(expression)))
  for (const name of key === 'row' ? [] : key) wanted.add(name)
  if (time !== null) wanted.add(time)
  return columns.filter(({ name, outcome }) => !outcome && wanted.has(name))
}
