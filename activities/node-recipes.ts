import type { DatasetPart } from '../data/dataset.ts'
import type { Validation } from '../data/validation.ts'
import { canonicalJson } from '../dsl/digest.ts'
import type { PlanNode } from '../dsl/plan.ts'
import { sha256Of } from '../store/artifacts.ts'
import { asOfOf } from './as-of.ts'
import type { Featured } from './build-features.ts'
import type { Evaluated } from './evaluate.ts'
import type { Incumbent } from './incumbent.ts'
import { outputAs, type NodeAt } from './node-scope.ts'
import {
  evaluateRecipe,
  featuresRecipe,
  ingestPartRecipe,
  ingestRecipe,
  materializeRecipe,
  registerRecipe,
  trainRecipe,
  validateRecipe,
  type EvaluateInput,
  type FeaturesInput,
  type Ingested,
  type IngestInput,
  type IngestPartInput,
  type MaterializeInput,
  type Recipe,
  type RegisterInput,
  type TrainInput,
  type Trained,
  type ValidateInput,
} from './recipes.ts'
import { resolveBinding } from './resolve-binding.ts'
import { contractOf } from './verdict.ts'

/** A node with all that it needs, to be worked on or only to be looked up. */
type At<Kind extends PlanNode['kind']> = Omit<NodeAt<Extract<PlanNode, { readonly kind: Kind }>>, 'pipeline'>

export function ingestAt({ plan, node, scope }: At<'ingest'>): Recipe<IngestInput> {
  const { asOf, ...spec } = node.spec
  const pii = Object.fromEntries(contractOf(plan, spec.source).columns.map((column) => [column.name, column.pii]))
  const listing = outputAs<IngestInput['listing']>(scope, node.needs[0])
  return ingestRecipe({ spec, asOf: asOfOf(asOf, scope), pii, listing })
}

/** Each file of the source is read by itself, so that a new one is all there is to read. */
export function ingestPartOf({ spec, pii }: IngestInput, part: DatasetPart['origin']): Recipe<IngestPartInput> {
  const { source: _, outcomesKnownAfterMillis: __, ...shape } = spec
  return ingestPartRecipe({ ...shape, pii, part })
}

export function validateAt({ plan, node, scope }: At<'validate'>): Recipe<ValidateInput> {
  const ingested = outputAs<Extract<Ingested, { state: 'read' }>>(scope, node.needs[0])
  const { dataset, unparsable, unknownAfter } = ingested
  const { columns } = contractOf(plan, node.spec.source)
  return validateRecipe({ spec: node.spec, columns, dataset, unparsable, unknownAfter })
}

export function featuresAt({ node, scope }: At<'features'>): Recipe<FeaturesInput> {
  const { asOf, ...spec } = node.spec
  // The node needs the `validate` node of each of its contracts, in the contracts' order.
  const datasets = spec.contracts.map(({ name }, index) => {
    const { dataset } = outputAs<Validation>(scope, node.needs[index])
    return [name, dataset] as const
  })
  return featuresRecipe({ spec, asOf: asOfOf(asOf, scope), datasets: Object.fromEntries(datasets) })
}

export function trainAt({ node, scope }: At<'train'>): Recipe<TrainInput> {
  return trainRecipe({ spec: node.spec, table: outputAs<Featured>(scope, node.needs[0]).table })
}

export function evaluateAt({ node, scope }: At<'evaluate'>): Recipe<EvaluateInput> {
  const [features, train, incumbent, validate] = node.needs
  const { table } = outputAs<Featured>(scope, features)
  return evaluateRecipe({
    spec: node.spec,
    table,
    trained: outputAs<Trained>(scope, train),
    dataset: outputAs<Validation>(scope, validate).dataset,
    incumbent: outputAs<Incumbent>(scope, incumbent),
  })
}

/** An output of `evaluate`, or the one of several that `best` chose. */
export function candidateAt({ node, scope }: At<'register'> | At<'materialize'>): Evaluated {
  return resolveBinding(node.spec.candidate, scope) as unknown as Evaluated
}

/** The features of the candidate alone: of several models the others are not served. */
export function materializeAt(at: At<'materialize'>): Recipe<MaterializeInput> {
  const { examples, table } = candidateAt(at).made
  const { from, contracts, features } = examples.spec
  const { asOf, datasets } = examples
  return materializeRecipe({ spec: { from, contracts, features }, asOf, datasets, table })
}

export function registerAt(at: At<'register'>): Recipe<RegisterInput> {
  const candidate = candidateAt(at)
  const { model, report } = candidate
  const { service } = at.node.spec
  return registerRecipe({ model, service, files: modelFiles(candidate), evidence: report.$file })
}

/** All that serving needs: the network, its classes, and the expressions that make its inputs. */
function modelFiles(candidate: Evaluated): RegisterInput['files'] {
  const { trained } = candidate.made
  const features = featuresFile(candidate)
  return [
    { name: 'features.json', digest: sha256Of(features), size: features.length },
    { name: 'model.onnx', ...storedFile(trained.model) },
    { name: 'training.json', ...storedFile(trained.training) },
  ]
}

export function featuresFile({ made }: Evaluated): Buffer {
  return Buffer.from(canonicalJson({ spec: made.examples.spec }))
}

/** What `collectFiles` made of a child's file. */
function storedFile(file: object): { readonly digest: string; readonly size: number } {
  const { $file, size } = file as { readonly $file: string; readonly size: number }
  return { digest: $file, size }
}
