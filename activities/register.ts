import { spanOf, type Dataset } from '../data/dataset.ts'
import { canonicalJson, digestOf } from '../dsl/digest.ts'
import type { Digest, Plan, PlanNode } from '../dsl/plan.ts'
import { sealHeads } from '../store/audit-heads.ts'
import type { ModelVersion } from '../store/model-version.ts'
import type { Registration } from '../store/registry.ts'
import type { Signer } from '../store/signing/dsse.ts'
import type { Dependency } from '../store/signing/provenance.ts'
import { isServing } from './canary/is-serving.ts'
import type { Engine } from './engine.ts'
import type { Evaluated } from './evaluate.ts'
import { whileHeartbeating } from './heartbeat.ts'
import { inputKeys } from './keep.ts'
import { candidateAt, featuresFile, registerAt } from './node-recipes.ts'
import { nodeAt, outputOf, type NodeAt } from './node-scope.ts'
import { plain } from './plain.ts'
import { publishOnce } from './publish-once.ts'
import type { NodeAnswer, NodeRequest } from './requests.ts'
import { withVerdict } from './verdict.ts'

type RegisterNode = Extract<PlanNode, { readonly kind: 'register' }>

/** What a `register` node publishes. */
export type RegisterOutput =
  | {
      readonly state: 'registered'
      readonly model: string
      readonly version: number
      readonly rootDigest: Digest
      readonly evidence: Digest
      readonly metrics: Readonly<Record<string, number>>
      /** Key of the result that was evaluated, with all that it was made of. */
      readonly evaluation: Digest
    }
  /** Nothing is in the registry. */
  | { readonly state: 'gates-failed'; readonly model: string; readonly gates: Evaluated['gates'] }

/**
 * Signs the candidate into the registry if its gates passed.
 * Reads the evaluation; writes the model's files and the manifests of its datasets, its signature and provenance, and
 * one entry each of the model's chains in the registry and in the audit.
 * Key: model, evidence and service: the same give the version there is, however often and by whichever run.
 * Heartbeats without details. Gates that do not pass are a verdict, `gates-failed`; so is, whatever the result, that the
 * service answers by this version already, `already-serving`.
 * Throws `signing-key-…`, `registration-invalid` and StoreError's other codes.
 */
export async function register(engine: Engine, request: NodeRequest, run: string): Promise<NodeAnswer> {
  const at = await nodeAt(engine, request, 'register')
  const candidate = candidateAt(at)
  const { key, input } = registerAt(at)
  const inputs = await inputKeys(engine, request)
  const place = { key, pipeline: at.pipeline, node: at.node.id, run }
  const answer = await whileHeartbeating((signal) =>
    publishOnce(engine, { ...place, signal }, async () => {
      if (!candidate.passed) return plain(failedGates(candidate))
      await engine.artifacts.putBytes(featuresFile(candidate))
      await putManifests(engine, candidate)
      const registration = await registrationOf(engine, { at, request, run, candidate, files: [...input.files] })
      const signer = await engine.signer()
      const { version } = await engine.registry.register(registration, signer)
      await noteRegistration(engine, { version, run, signer })
      const { rootDigest, evidence, metrics } = version
      const output: RegisterOutput = {
        state: 'registered',
        model: version.model,
        version: version.version,
        rootDigest,
        evidence,
        metrics,
        evaluation: inputs[at.node.needs[0] ?? ''] ?? '',
      }
      return plain(output)
    }),
  )
  const judged = await withVerdict(engine, 'register', answer)
  if (judged.verdict !== undefined) return judged
  // Before anybody is asked to approve what is in service already.
  const registered = (await outputOf(engine, at.node.id, key)) as unknown as RegisterOutput
  const wanted = { service: at.node.spec.service, plan: at.plan }
  const isThere = registered.state === 'registered' && (await isServing(engine, { ...wanted, ...registered }))
  return isThere ? { ...judged, verdict: 'already-serving' } : judged
}

/** In the audit chain of the model, once a version. */
async function noteRegistration(
  { audit, objects }: Engine,
  { version: of, run, signer }: { readonly version: ModelVersion; readonly run: string; readonly signer: Signer },
): Promise<void> {
  const { model, version, rootDigest, evidence, plan, pipeline } = of
  const body = { model, version, rootDigest, evidence, plan, pipeline, run: of.run }
  await audit.append(`model:${model}`, { key: `registered:${version}`, kind: 'registered', by: run, body }, signer)
  await sealHeads(objects, { signer, by: run, log: audit })
}

function failedGates({ model, gates }: Evaluated): RegisterOutput {
  return { state: 'gates-failed', model, gates: gates.filter(({ passed }) => !passed) }
}

/** The provenance names datasets by these bytes. */
async function putManifests({ artifacts }: Engine, { made }: Evaluated): Promise<void> {
  const manifests = Object.values(made.examples.datasets).map((dataset) => Buffer.from(canonicalJson(dataset)))
  await Promise.all(manifests.map((manifest) => artifacts.putBytes(manifest)))
}

interface Registering {
  readonly at: NodeAt<RegisterNode>
  readonly request: NodeRequest
  readonly run: string
  readonly candidate: Evaluated
  readonly files: Registration['files']
}

async function registrationOf(
  engine: Engine,
  { at, request, run, candidate, files }: Registering,
): Promise<Registration> {
  const { plan, node, pipeline, scope } = at
  const { model, task, metrics, report, made } = candidate
  const training = trainSpecOf(plan, model)
  const order = await engine.order(request.order)
  const shared = { pipeline, plan: order.planDigest, run }
  return {
    ...shared,
    model,
    task,
    service: node.spec.service,
    files,
    evidence: report.$file,
    metrics,
    trainedRows: made.trained.rows,
    asOf: made.examples.asOf,
    registeredAt: new Date().toISOString(),
    training: {
      ...shared,
      order: request.order,
      parameters: scope.parameters,
      seed: training.seed,
      engine: engine.version,
      dependencies: dependenciesOf(candidate, training.code),
    },
  }
}

function trainSpecOf({ nodes }: Plan, model: string): Extract<PlanNode, { readonly kind: 'train' }>['spec'] {
  const found = nodes.find((node) => node.kind === 'train' && node.spec.model === model)
  if (found?.kind === 'train') return found.spec
  throw new Error(`plan: expected a node that trains "${model}", got none`)
}

function dependenciesOf({ made }: Evaluated, trainer: Digest): readonly Dependency[] {
  const { examples, table } = made
  return [
    ...Object.values(examples.datasets).flatMap(datasetDependencies),
    { kind: 'feature-table', name: table.set, digest: table.file.$file, rows: table.rows },
    { kind: 'code', name: 'trainer', digest: trainer },
  ]
}

function datasetDependencies(dataset: Dataset): readonly Dependency[] {
  const { source, rows, parts } = dataset
  return [
    ...parts.map(({ origin }): Dependency => {
      const { name, digest, bytes } = origin
      return { kind: 'source-part', source, name, digest, bytes }
    }),
    { kind: 'dataset', name: source, digest: digestOf(dataset), rows, parts: parts.length, span: spanOf(dataset) },
  ]
}
