import { resolve } from 'node:path'
import { check } from '../../dsl/check.ts'
import type { Issue } from '../../dsl/check/issue.ts'
import { unitsOf } from '../../dsl/code-units.ts'
import { compile, type Packed } from '../../dsl/compile.ts'
import { canonicalJson } from '../../dsl/digest.ts'
import type { Pipeline } from '../../dsl/pipeline.ts'
import type { Digest, Plan } from '../../dsl/plan.ts'
import type { OpenStore } from '../../store/open-store.ts'
import { packFolders } from '../../store/pack.ts'
import { putSourceMap } from '../../store/source-maps.ts'
import { CliError, type CliFault } from '../errors.ts'
import { bundleTasks, type CodeUnit } from './code-unit.ts'
import { findExports } from './exported-tasks.ts'
import { refuseInexactSums } from './feature-faults.ts'
import { loadPipeline, type LoadedPipeline } from './load.ts'
import { locateFiles, locateScripts, locateTrainers, type LocatedFile, type LocatedScript } from './packed-files.ts'
import { refuseTooLarge } from './plan-size.ts'
import { shownPath, type Project } from './project.ts'
import { checkTypes } from './type-check.ts'

export interface PrepareOptions {
  readonly settings: Project
  readonly store: OpenStore
  /** Default true. Without it a file with type errors is prepared as far as it loads. */
  readonly typeCheck?: boolean
  /**
   * Looks at the plan before anything is stored, and ends all by throwing. The plan given has no digests of code and
   * files yet. Default: none.
   */
  readonly approve?: (draft: Plan) => unknown
  /** What is made of the compiled plan. Default: nothing else. */
  readonly reshape?: (plan: Plan) => Plan
}

export interface Prepared {
  readonly pipeline: Pipeline
  readonly plan: Plan
  readonly planDigest: Digest
}

/**
 * Makes a pipeline file into a stored plan: types and top-level code are checked, code is bundled, files are packed.
 * The store holds everything that the plan names before it holds the plan; nothing at all after a fault in the file.
 * `file` counts from the current folder. Throws CliError, all of exit code 2, and StoreError.
 */
export async function prepare(file: string, options: PrepareOptions): Promise<Prepared> {
  const { settings, store, typeCheck = true, approve, reshape = (plan) => plan } = options
  const path = resolve(file)
  const [types, sources] = await Promise.allSettled([
    typeCheck ? checkTypes(path, settings) : undefined,
    gatherSources(path, settings),
  ])
  // A file that is not there fails both: loading says it better. Else types say more than what they lead to.
  if (sources.status === 'rejected' && isMissing(sources.reason)) throw sources.reason
  if (types.status === 'rejected') throw types.reason
  if (sources.status === 'rejected') throw sources.reason
  const { pipeline } = sources.value
  const draft = reshape(draftOf(sources.value))
  refuseTooLarge(draft, shownPath(path, settings))
  refuseInexactSums(draft, shownPath(path, settings))
  await approve?.(draft)
  const plan = reshape(compile(pipeline, await storeSources(store, sources.value)))
  const planDigest = await store.artifacts.putBytes(Buffer.from(canonicalJson(plan)))
  return { pipeline, plan, planDigest }
}

interface Sources {
  readonly pipeline: Pipeline
  readonly units: ReadonlyMap<string, CodeUnit>
  /** Trainers, too. */
  readonly scripts: readonly LocatedScript[]
  readonly files: readonly LocatedFile[]
}

async function gatherSources(file: string, project: Project): Promise<Sources> {
  const loaded = await loadPipeline(file, project)
  const { pipeline } = loaded
  refuseIssues(check(pipeline), shownPath(file, project))
  const needed = unitsOf(pipeline)
  const [units, scripts, trainers, files] = await Promise.all([
    needed.tasks.length === 0 ? new Map<string, CodeUnit>() : bundleAll(needed.tasks, loaded, project),
    locateScripts(needed.scripts, file, project),
    locateTrainers(needed.trainers),
    locateFiles(needed.files, file, project),
  ])
  return { pipeline, units, scripts: [...scripts, ...trainers], files }
}

/** The plan but for digests: kinds, queues and parameters are known before anything is stored. */
function draftOf({ pipeline, scripts, files }: Sources): Plan {
  const { tasks } = unitsOf(pipeline)
  const code = blank([...tasks.map(({ name }) => name), ...scripts.map(({ unit }) => unit)])
  return compile(pipeline, { code, files: blank(files.map(({ name }) => name)) })
}

function blank(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, '']))
}

function bundleAll(
  tasks: ReturnType<typeof unitsOf>['tasks'],
  { modules, exports }: LoadedPipeline,
  project: Project,
): Promise<ReadonlyMap<string, CodeUnit>> {
  return bundleTasks({ tasks: findExports(tasks, exports, project), modules: modules.all }, project)
}

async function storeSources({ artifacts, objects }: OpenStore, { units, scripts, files }: Sources): Promise<Packed> {
  const [bundles, packs, digests] = await Promise.all([
    Promise.all(
      [...units].map(async ([name, unit]) => {
        const [digest] = await Promise.all([
          artifacts.putBytes(unit.code),
          putSourceMap(objects, unit.digest, unit.sourceMap),
        ])
        return [name, digest] as const
      }),
    ),
    Promise.all(scripts.map(async (one) => [one.unit, await packFolders(artifacts, one.sources)] as const)),
    Promise.all(files.map(async ({ name, path }) => [name, await artifacts.putFile(path)] as const)),
  ])
  return { code: Object.fromEntries([...bundles, ...packs]), files: Object.fromEntries(digests) }
}

function refuseIssues(issues: readonly Issue[], where: string): void {
  const [first, ...more] = issues
  if (first === undefined) return
  const { place, message, remedy } = first
  const alone = { message: `${place}: ${message}`, where: `${where}, ${place}`, remedy }
  throw new CliError('check-failed', more.length === 0 ? alone : severalIssues(issues, where))
}

function severalIssues(issues: readonly Issue[], where: string): CliFault {
  return {
    message: `${where}: expected a pipeline that compiles, got ${issues.length} faults`,
    where,
    remedy: 'correct what is listed',
    details: issues.flatMap(({ rule, place, message, remedy }) => [`${rule}  ${place}: ${message}`, `  ${remedy}`, '']),
  }
}

function isMissing(reason: unknown): boolean {
  return reason instanceof CliError && reason.code === 'file-missing'
}
