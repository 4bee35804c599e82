import type { Dataset } from '../data/dataset.ts'
import type { Evaluation } from '../data/evaluation.ts'
import type { FeatureTable } from '../data/feature-table.ts'
import type { FeatureTableResult } from '../features/build-feature-table.ts'
import { canonicalJson } from '../dsl/digest.ts'
import type { Json, PlanNode } from '../dsl/plan.ts'
import { publishFeatures, type Featured } from './build-features.ts'
import type { Engine } from './engine.ts'
import { whileHeartbeating } from './heartbeat.ts'
import { evaluateAt } from './node-recipes.ts'
import { nodeAt, outputAs, outputOf, type NodeAt } from './node-scope.ts'
import { readJson } from './order.ts'
import { plain, withField } from './plain.ts'
import { publishOnce, type Publication } from './publish-once.ts'
import { featuresRecipe, type EvaluateInput, type FeaturesInput, type Trained } from './recipes.ts'
import type { NodeAnswer, NodeRequest } from './requests.ts'
import { callUnit } from './unit-call.ts'

type EvaluateNode = Extract<PlanNode, { readonly kind: 'evaluate' }>

/**
 * Measures the exported model on the holdout, against the model in service where there is one, and judges its gates.
 * Reads the feature table, both models and the dataset; writes the evaluation and its page. Key: all of these, and the
 * gates. Heartbeats without details. Gates that do not pass are part of the output: `register` acts on them.
 * Throws the codes of the child and of StoreError.
 */
export async function evaluate(engine: Engine, request: NodeRequest, run: string): Promise<NodeAnswer> {
  const at = await nodeAt(engine, request, 'evaluate')
  const { pipeline, node } = at
  const { key, input } = evaluateAt(at)
  const place = { pipeline, node: node.id, run }
  return whileHeartbeating((signal) =>
    publishOnce(engine, { ...place, key, signal }, async (attempt) => {
      const against = await opponentOf(engine, at, { input, place: { ...place, signal: attempt.signal } })
      const { spec, table, trained } = input
      const { model, classes } = trained
      const dataset = sliced(input)
      const given = plain({ spec, table, model, training: { classes }, dataset, incumbent: against })
      const unit = (): ReturnType<Engine['nativeUnit']> => engine.nativeUnit('evaluate')
      // Sessions of ONNX Runtime leak, so the child ends with its call.
      const call = { node: node.id, key, unit, isOwn: true, policy: node.policy, input: given, once: true }
      const evaluation = await callUnit(engine, call, attempt)
      const { input: examples } = outputAs<Featured>(at.scope, node.needs[0])
      return withField(evaluation, { made: { trained, table, examples } satisfies Evaluated['made'] })
    }),
  )
}

/** What an `evaluate` node publishes: the evaluation, and all that was evaluated, for the registry. */
export interface Evaluated extends Evaluation {
  readonly made: { readonly trained: Trained; readonly table: FeatureTable; readonly examples: FeaturesInput }
}

/** Without its parts where nobody asks for slices: bringing many files takes a while. */
function sliced({ spec, dataset }: EvaluateInput): Dataset {
  return spec.slices.length + spec.protectedColumns.length === 0 ? { ...dataset, parts: [] } : dataset
}

interface Opposing {
  readonly input: EvaluateInput
  readonly place: Omit<Publication, 'key'>
}

/** The model in service with the features that it reads, of the same rows; null where there is none to compare with. */
async function opponentOf(engine: Engine, at: NodeAt<EvaluateNode>, { input, place }: Opposing): Promise<Json> {
  const { incumbent } = input
  if (incumbent.version === null) return null
  const { model, version, onnx, features, training } = incumbent
  const [theirs, { classes }] = await Promise.all([
    readJson<Pick<FeaturesInput, 'spec'>>(engine.artifacts, features.$file),
    readJson<Pick<Trained, 'classes'>>(engine.artifacts, training.$file),
  ])
  const own = outputAs<Featured>(at.scope, at.node.needs[0]).input
  const { set, from, contracts, features: expressions, label } = theirs.spec
  const spec = { ...own.spec, set, from, contracts, features: expressions, label }
  const opponent = { name: model, version, model: onnx, classes }
  if (canonicalJson(spec) === canonicalJson(own.spec)) return plain({ ...opponent, table: input.table })
  const { policy } = at.node
  const { key } = await publishFeatures(engine, featuresRecipe({ ...own, spec }), { place, policy })
  // Published by `publishFeatures`.
  const built = (await outputOf(engine, place.node, key)) as unknown as FeatureTableResult
  return built.state === 'built' ? plain({ ...opponent, table: built.table }) : null
}
