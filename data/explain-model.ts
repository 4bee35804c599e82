import type { DuckDBConnection } from '@duckdb/node-api'
import type { EvaluateSpec } from '../dsl/lifecycle/nodes.ts'
import { decisionReasons, type DecisionReasons } from './decision-reasons.ts'
import { modelSample, type Sampling } from './model-sample.ts'
import { permutationImportance, type Importance } from './permutation-importance.ts'

export interface Explanation {
  readonly importance: Importance | null
  /** Where the contract has protected columns: there somebody has to be told why. */
  readonly reasons: readonly DecisionReasons[]
}

/** Rows times features that are scored for a shuffle of each, so that many features take no longer. */
const MOST_CELLS = 40_000
const MOST_ROWS = 4096

/** What a model looks at, and why it says little of whom it says least. */
export async function explainModel(
  connection: DuckDBConnection,
  { spec, seed, ...scored }: Omit<Sampling, 'mostRows'> & { readonly spec: EvaluateSpec; readonly seed: number },
): Promise<Explanation> {
  const mostRows = Math.min(MOST_ROWS, Math.max(200, Math.floor(MOST_CELLS / scored.table.columns.length)))
  const sample = await modelSample(connection, { ...scored, mostRows })
  return {
    importance: sample.at.length === 0 ? null : await permutationImportance(sample, seed),
    reasons: spec.protectedColumns.length === 0 ? [] : await decisionReasons(sample, spec.fairness.threshold),
  }
}
