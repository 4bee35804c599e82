import { stat } from 'node:fs/promises'
import type { Pipeline } from '../../dsl/pipeline.ts'
import { CliError } from '../errors.ts'
import { buildAuthorModules, type AuthorModules } from './author-modules.ts'
import { loadFailed } from './load-fault.ts'
import { shownPath, type Project } from './project.ts'
import { listUserModules, type UserModules } from './user-modules.ts'

export interface LoadedPipeline {
  readonly pipeline: Pipeline
  readonly modules: UserModules
  /** What each module that was loaded exports, by its absolute path, the pipeline file first. */
  readonly exports: ReadonlyMap<string, object>
}

/**
 * Imports a pipeline file, which runs the author's top-level code in this process, and takes its default export.
 * @throws CliError `file-missing`, `load-failed` with the author's own line, `no-pipeline`.
 */
export async function loadPipeline(file: string, project: Project): Promise<LoadedPipeline> {
  await refuseMissing(file, project)
  const modules = await listUserModules(file, project)
  const exports = await importModules(modules, project)
  const exported = exports.get(file) ?? {}
  const value = 'default' in exported ? exported.default : undefined
  if (isPipeline(value)) return { pipeline: value, modules, exports }
  const shown = shownPath(file, project)
  throw new CliError('no-pipeline', {
    message: `${shown}: expected a pipeline as default export, got ${describe(value)}`,
    where: shown,
    expected: "export default pipeline('name', { steps: [ … ] })",
    got: describe(value),
    remedy: remedyFor(value),
  })
}

async function refuseMissing(file: string, project: Project): Promise<void> {
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile()) return
  const shown = shownPath(file, project)
  const got = found === undefined ? 'nothing' : 'a folder'
  throw new CliError('file-missing', {
    message: `${shown}: expected a pipeline file, got ${got}`,
    where: shown,
    expected: 'a TypeScript file',
    got,
    remedy: 'check the path: it counts from the folder you are in',
  })
}

async function importModules(modules: UserModules, project: Project): Promise<ReadonlyMap<string, object>> {
  const built = await buildAuthorModules(modules, project)
  const exports = new Map<string, object>()
  try {
    // The first imports all others, in the author's order.
    for (const module of modules.loaded) exports.set(module, await importModule(module, built))
    return exports
  } catch (error) {
    throw await loadFailed(error, { modules, project, inAuthorsTerms: built.inAuthorsTerms })
  } finally {
    await built.remove()
  }
}

async function importModule(module: string, { urlOf }: AuthorModules): Promise<object> {
  const namespace: unknown = await withinLimit(import(urlOf(module)))
  return Object(namespace) as object // a module namespace is always an object
}

const LOAD_LIMIT_SECONDS = 30

/** A top-level await that never ends would otherwise end the whole process without a word. */
async function withinLimit<T>(loading: Promise<T>): Promise<T> {
  const message = `top-level code that was not done after ${LOAD_LIMIT_SECONDS} seconds`
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), LOAD_LIMIT_SECONDS * 1000)
  })
  try {
    return await Promise.race([loading, limit])
  } finally {
    clearTimeout(timer)
  }
}
function isPipeline(value: unknown): value is Pipeline {
  if (typeof value !== 'object' || value === null) return false
  return 'name' in value && typeof value.name === 'string' && 'steps' in value && Array.isArray(value.steps)
}

function describe(value: unknown): string {
  if (value === undefined) return 'none'
  if (typeof value === 'function') return 'run' in value ? 'a task' : 'a function'
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? typeof value
  return 'declaration' in value ? 'a step' : 'another object'
}

function remedyFor(value: unknown): string {
  switch (describe(value)) {
    case 'none':
      return 'add the default export'
    case 'a step':
      return "list it in a pipeline: export default pipeline('name', { steps: [step] })"
    case 'a task':
      return "call it with an input and list the step in a pipeline: pipeline('name', { steps: [task({ … })] })"
    default:
      return 'export what pipeline() returns'
  }
}
