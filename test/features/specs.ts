import type { Dataset } from '../../data/dataset.ts'
import type { Ast } from '../../dsl/ast.ts'
import { scalarType } from '../../dsl/columns.ts'
import type { FeatureSpec } from '../../dsl/features.ts'
import type { FeaturesSpec } from '../../dsl/lifecycle/nodes.ts'
import type { ContractSpec } from '../../dsl/plan.ts'

interface AnyFeatureSet {
  readonly name: string
  readonly from: ContractSpec
  readonly features: readonly FeatureSpec[]
  readonly reads: readonly ContractSpec[]
}

/** The node's spec as the compiler makes it, with a literal in place of asOf. */
export function featuresSpec(
  { name, from, features, reads }: AnyFeatureSet,
  label: { readonly ast: Ast; readonly type: FeatureSpec['type'] },
  { windowMillis = null }: { readonly windowMillis?: number | null } = {},
): FeaturesSpec {
  return {
    set: name,
    from: from.name,
    contracts: reads.map((contract) => ({
      name: contract.name,
      key: contract.key,
      time: contract.time,
      outcomesKnownAfterMillis: contract.outcomesKnownAfterMillis,
      columns: contract.columns.map((column) => ({
        name: column.name,
        type: scalarType(column.type),
        outcome: column.outcome,
        decimals: column.decimals,
      })),
    })),
    features,
    label: { expression: label.ast, type: label.type },
    windowMillis,
    asOf: null,
  }
}

/** A dataset of Parquet files that are there. */
export function datasetOf(contract: ContractSpec, paths: readonly string[]): Dataset {
  return {
    source: contract.name,
    key: contract.key,
    time: contract.time,
    columns: contract.columns.map(({ name, type, nullable, outcome }) => ({ name, type, nullable, outcome })),
    rows: 0,
    parts: paths.map((path, index) => ({
      file: { $file: path },
      rows: 0,
      span: null,
      origin: { name: `part-${index}.parquet`, digest: `${index}`.padStart(64, 'abcdef'), bytes: 0 },
    })),
  }
}
