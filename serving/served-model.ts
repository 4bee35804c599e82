import type { OnnxModel } from '../data/onnx-scorer.ts'
import { OUTPUT, type ModelSignature } from '../data/onnx-signature.ts'
import type { FeatureSpec } from '../dsl/features.ts'
import type { ContractSpec, Digest } from '../dsl/plan.ts'
import type { FeatureValues, Past, Row } from '../features/evaluate.ts'
import { compileEvaluator } from '../features/evaluate.ts'
import type { Served } from '../store/generation.ts'
import { ServingError } from './errors.ts'
import type { FeatureRow } from './feature-batch.ts'
import type { FollowedPast } from './followed-past.ts'
import { outcomeReader, type OutcomeReader } from './outcomes.ts'
import { privateValues, type PrivateValues } from './private-values.ts'
import { rowReader, type RowReader } from './read-rows.ts'
import type { Scorer } from './scorer.ts'

/** One version that a service answers by, loaded. */
export interface ServedModel {
  readonly served: Served
  readonly contract: ContractSpec
  readonly features: readonly FeatureSpec[]
  readonly output: { readonly name: 'probabilities' | 'prediction'; readonly width: OnnxModel['width'] }
  readonly classes: readonly string[] | null
  readonly rows: RowReader
  readonly private: PrivateValues
  readonly outcomes: OutcomeReader
  /** Throws `no-value` where a feature has none. */
  readonly evaluate: (row: Row, at: number) => FeatureValues
  readonly score: Scorer['score']
  /** Null where no feature looks into the past. */
  readonly past: FollowedPast | null
  readonly close: () => Promise<void>
}

/** What a model's files and plan say. */
export interface ModelParts {
  readonly served: Served
  readonly contract: ContractSpec
  readonly contracts: readonly ContractSpec[]
  readonly features: readonly FeatureSpec[]
  readonly expressions: Digest
  readonly signature: ModelSignature
}

export interface ModelResources {
  readonly scorer: Scorer
  readonly past: FollowedPast | null
  readonly close: () => Promise<void>
}

export function servedModel(
  { served, contract, contracts, features, signature }: ModelParts,
  { scorer, past, close }: ModelResources,
): ServedModel {
  const hide = privateValues(contract, features)
  const evaluate = compileEvaluator(features, { from: contract.name, contracts })
  return {
    served,
    contract,
    features,
    output: { name: OUTPUT[signature.task], width: scorer.width },
    classes: signature.classes,
    rows: rowReader(contract, features),
    private: hide,
    outcomes: outcomeReader(contract, hide),
    evaluate: (row, at) => {
      const values = evaluate(row, past ?? NO_PAST)
      for (const { name } of features) if (values[name] === null) throw withoutValue(name, at)
      return values
    },
    score: scorer.score,
    past,
    close,
  }
}

const NO_PAST: Past = { history: nothing, latest: nothing }

function nothing(): never {
  throw new TypeError('past: expected no look-up, got one')
}

function withoutValue(name: string, row: number): ServingError {
  return new ServingError(
    'no-value',
    `feature "${name}" row ${row}: expected a value, got null; training leaves such rows out, so the model cannot answer`,
  )
}

/** In the order of the model's inputs; none is null. */
export function featureRow(features: readonly FeatureSpec[], values: FeatureValues): FeatureRow {
  return features.map(({ name }) => values[name] ?? 0)
}
