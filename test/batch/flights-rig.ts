import { join } from 'node:path'
import { inject } from 'vitest'
import type { Featured } from '../../activities/build-features.ts'
import type { Evaluated } from '../../activities/evaluate.ts'
import type { Ingested, Trained } from '../../activities/recipes.ts'
import type { Materialized } from '../../features/materialize.ts'
import type { RegisterOutput } from '../../activities/register.ts'
import type { Prepared } from '../../cli/pipeline-file/prepare.ts'
import type { RunHandle } from '../../cli/run/start-run.ts'
import type { Validation } from '../../data/validation.ts'
import { canonicalJson } from '../../dsl/digest.ts'
import type { Json, NodePolicy, Plan } from '../../dsl/plan.ts'
import { artifactKey } from '../../store/artifacts.ts'
import { datasets, type Datasets } from '../../store/datasets.ts'
import { registry, type Registry } from '../../store/registry.ts'
import { createKey } from '../../store/signing/keys.ts'
import type { RunResult } from '../../workflows/run-pipeline.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { aProject, type Project } from '../engine/project.ts'
import { aRig, type Rig } from '../engine/rig.ts'
import { day, layDays } from './flights.ts'

/** A project over flights, with a key to sign with. */
export interface FlightsRig extends Rig {
  readonly registry: Registry
  readonly datasets: Datasets
  /** Runs the pipeline of this text to its end, with `asOf` the start of a day. */
  readonly run: (text: string, asOf: number | string) => Promise<Ran>
  /** Compiles and stores it. */
  readonly compile: (text: string) => Promise<Prepared>
  /** What a finished run has come to. Asks a worker. */
  readonly ran: (handle: RunHandle) => Promise<Ran>
  /** Where the store has an artifact. */
  readonly artifactAt: (file: { readonly $file: string }) => string
  /** Closes it and removes the project. */
  readonly remove: () => Promise<void>
}

export interface Ran extends RunResult {
  readonly handle: RunHandle
  readonly outputs: Outputs
  /** Ids of the nodes that did not take an earlier result. */
  readonly worked: readonly string[]
}

/** What each kind of node publishes. */
export interface Outputs extends Readonly<Record<string, unknown>> {
  readonly 'ingest:flights': Extract<Ingested, { readonly state: 'read' }>
  readonly 'validate:flights': Validation
  readonly features: Featured
  readonly train: Trained
  readonly evaluate: Evaluated
  readonly materialize: Materialized
  readonly register: Extract<RegisterOutput, { readonly state: 'registered' }>
}

export async function aFlightsRig({ days = 0 }: { readonly days?: number } = {}): Promise<FlightsRig> {
  const project = await aProject({})
  if (days > 0) await layDays(join(project.root, 'flights'), 1, days)
  return flightsRigOf(project)
}

let files = 0

/** `address`: of the Temporal server; default: the one that all tests share. */
export async function flightsRigOf(project: Project, address: string = inject('temporalAddress')): Promise<FlightsRig> {
  await createKey(join(project.stateFolder, 'keys'))
  const rig = await aRig(address, project)
  const { objects, artifacts } = project.store
  const compile = async (text: string): Promise<Prepared> => {
    // Several may be compiled at once, and a plan does not depend on its file's name.
    const file = `p${(files += 1)}.ts`
    await project.write({ [file]: text })
    return project.prepare(file)
  }
  const ran = async (handle: RunHandle): Promise<Ran> => ({
    ...(await handle.result()),
    handle,
    ...(await ends(project, handle)),
  })
  return {
    ...rig,
    registry: registry(objects, artifacts),
    datasets: datasets(objects),
    compile,
    ran,
    run: async (text, asOf) => ran(await rig.start(await compile(text), asOfParam(asOf))),
    artifactAt: ({ $file }) => join(project.stateFolder, 'store', artifactKey($file)),
    remove: async () => {
      await rig.close()
      await project.remove()
    },
  }
}

export function asOfParam(asOf: number | string): { readonly param: readonly string[] } {
  return { param: [`asOf=${typeof asOf === 'number' ? day(asOf).start : asOf}`] }
}

async function ends({ store }: Project, handle: RunHandle): Promise<Pick<Ran, 'outputs' | 'worked'>> {
  const { nodes } = await handle.query<RunStatus>('status')
  const done = nodes.flatMap((node) => (node.state === 'done' ? [{ id: node.id, ...node.answer }] : []))
  const outputs = await Promise.all(done.map(async ({ id, key }) => [id, await outputAt(store, key)] as const))
  const worked = done.filter(({ reused }) => !reused).map(({ id }) => id)
  // As the activities publish them.
  return { outputs: Object.fromEntries(outputs) as unknown as Outputs, worked }
}

async function outputAt({ results }: Project['store'], key: string): Promise<Json> {
  const result = await results.find(key)
  return result === undefined ? null : results.output(result)
}

/** The digests of all that a run has made of its rows. */
export function digestsOf({ outputs }: Ran) {
  const { features, train, evaluate, register } = outputs
  return {
    parts: outputs['validate:flights'].dataset.parts.map(({ file }) => file.$file),
    table: features.table.file.$file,
    model: train.model.$file,
    training: train.training.$file,
    evaluation: [evaluate.report.$file, evaluate.page.$file],
    root: register.rootDigest,
  }
}

/** The same plan, run in another way: what a key does not hang on. */
export async function withPolicy(project: Project, prepared: Prepared, policy: Partial<NodePolicy>): Promise<Prepared> {
  const nodes = prepared.plan.nodes.map((node) => ({ ...node, policy: { ...node.policy, ...policy } }))
  return withPlan(project, prepared, { nodes })
}

/** A plan that no pipeline file compiles to. */
export async function withPlan(
  { store }: Project,
  { pipeline, plan }: Prepared,
  changes: Partial<Plan>,
): Promise<Prepared> {
  const edited = { ...plan, ...changes }
  const planDigest = await store.artifacts.putBytes(Buffer.from(canonicalJson(edited)))
  return { pipeline, plan: edited, planDigest }
}
