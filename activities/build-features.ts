import type { FeatureTableResult } from '../features/build-feature-table.ts'
import type { FeaturesNode } from '../dsl/plan.ts'
import { dataCall } from './data-call.ts'
import type { Engine } from './engine.ts'
import { whileHeartbeating } from './heartbeat.ts'
import { featuresAt } from './node-recipes.ts'
import { nodeAt } from './node-scope.ts'
import { plain, withField } from './plain.ts'
import { publishOnce, type Publication } from './publish-once.ts'
import type { FeaturesInput, Recipe } from './recipes.ts'
import type { NodeAnswer, NodeRequest } from './requests.ts'
import { callUnit } from './unit-call.ts'
import { withVerdict } from './verdict.ts'
import { warmTrainers } from './warm.ts'

/**
 * Computes each example's features and label, point in time.
 * Reads the validated datasets; writes one feature table. Key: the expressions, window and asOf, and the datasets.
 * Heartbeats without details. A row whose feature is no number is a verdict, `data-rejected`.
 * Throws the codes of the child and of StoreError.
 */
export async function buildFeatures(engine: Engine, request: NodeRequest, run: string): Promise<NodeAnswer> {
  const at = await nodeAt(engine, request, 'features')
  const { pipeline, plan, node } = at
  const recipe = featuresAt(at)
  const answer = await whileHeartbeating((signal) =>
    publishFeatures(engine, recipe, {
      place: { pipeline, node: node.id, run, signal },
      policy: node.policy,
      onWork: () => void warmTrainers(engine, plan, node.id),
    }),
  )
  return withVerdict(engine, 'features', answer)
}

/** What a `features` node publishes: the table, and what it was made of, for whoever computes other features of the same rows. */
export type Featured = Extract<FeatureTableResult, { readonly state: 'built' }> & { readonly input: FeaturesInput }

interface PublishFeatures {
  readonly place: Omit<Publication, 'key'>
  readonly policy: FeaturesNode['policy']
  /** Called where there is no result yet. Default: nothing. */
  readonly onWork?: () => void
}

/** Also for the features of a model in service, whose expressions may be others. */
export function publishFeatures(
  engine: Engine,
  { key, input }: Recipe<FeaturesInput>,
  { place, policy, onWork }: PublishFeatures,
): Promise<NodeAnswer> {
  return publishOnce(engine, { ...place, key }, async (attempt) => {
    onWork?.()
    // What it held is not given back to the system while its process lives.
    const call = { ...dataCall(engine, 'features'), node: place.node, key, policy, input: plain(input), once: true }
    const made = await callUnit(engine, call, attempt)
    return withField(made, { input })
  })
}
