import type { Findings } from '../data/evaluation.ts'
import type { Fairness } from '../data/fairness.ts'
import type { Importance } from '../data/permutation-importance.ts'
import type { EvaluateSpec, FeaturesSpec, TrainSpec } from '../dsl/lifecycle/nodes.ts'
import type { Plan } from '../dsl/plan.ts'
import type { ApprovalRequest } from '../store/approval-request.ts'
import type { Tally } from '../store/approval-tally.ts'
import type { ModelVersion } from '../store/model-version.ts'
import type { TrainingRun } from '../store/signing/provenance.ts'

/** All that is known of a registered version, each part signed or named by a digest that is. */
export interface ModelCard {
  readonly version: ModelVersion
  readonly training: TrainingRun
  /** Id of the key that signed version and provenance. */
  readonly signedBy: string
  readonly plan: Plan
  /** `undefined` where the report is of a shape that this program does not know. */
  readonly evidence: CardEvidence | undefined
  /** The newest request about this version; `undefined` where nobody was asked. */
  readonly approval: { readonly request: ApprovalRequest; readonly tally: Tally } | undefined
}

/** What is shown of an evaluation; older reports have less of it. */
export interface CardEvidence {
  readonly rows?: number | undefined
  readonly metrics: Readonly<Record<string, number | null>>
  readonly intervals?: Readonly<Record<string, Findings['intervals'][string] | null>> | undefined
  readonly gates?: Findings['gates'] | undefined
  readonly fairness?: readonly Fairness[] | undefined
  readonly importance?: Importance | null | undefined
}

/** What the plan says of the version's training; each `undefined` where the plan has no such node. */
export interface Declared {
  readonly train: TrainSpec | undefined
  readonly evaluate: EvaluateSpec | undefined
  readonly features: FeaturesSpec | undefined
}

/** Of several candidates the one that became the version. */
export function declaredIn({ nodes }: Plan, { model }: Pick<ModelVersion, 'model'>): Declared {
  const train = nodes.find((node) => node.kind === 'train' && node.spec.model === model)
  const evaluate = nodes.find((node) => node.kind === 'evaluate' && node.spec.model === model)
  const features = nodes.find((node) => node.kind === 'features' && train?.needs.includes(node.id))
  return {
    train: train?.kind === 'train' ? train.spec : undefined,
    evaluate: evaluate?.kind === 'evaluate' ? evaluate.spec : undefined,
    features: features?.kind === 'features' ? features.spec : undefined,
  }
}
