import { stat } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import type { Pipeline } from '../../dsl/pipeline.ts'
import { CliError } from '../errors.ts'
import { excerpt } from './excerpt.ts'
import { shownPath, type Project } from './project.ts'
import { listUserModules } from './user-modules.ts'

/**
 * Imports a pipeline file, which runs the author's top-level code in this process, and takes its default export.
 * @throws CliError `file-missing`, `load-failed` with the author's own line, `no-pipeline`.
 */
export async function loadPipeline(file: string, project: Project): Promise<Pipeline> {
  await refuseMissing(file, project)
  const exported = await importModule(file, project)
  const value = 'default' in exported ? exported.default : undefined
  if (isPipeline(value)) return value
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

async function importModule(file: string, project: Project): Promise<object> {
  try {
    await readTypeScript()
    const namespace: unknown = await withinLimit(import(pathToFileURL(file).href))
    return Object(namespace) as object // a module namespace is always an object
  } catch (error) {
    throw await loadFailed(error, file, project)
  }
}

let reading: Promise<unknown> | undefined

/** From here on this process imports TypeScript: the author's file, and the DSL that it imports. */
function readTypeScript(): Promise<unknown> {
  // Costs 0.1 s, and the engine itself does not need it.
  reading ??= import('tsx/esm/api').then(({ register }) => register())
  return reading
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

async function loadFailed(error: unknown, file: string, project: Project): Promise<CliError> {
  const place = await placeOf(error, file, project)
  const text = relativeTo(project, error instanceof Error ? reasonIn(error.message) : String(error))
  const kind = error instanceof Error ? error.name : typeof error
  const where = place && `${shownPath(place.file, project)}:${place.line}:${place.column}`
  return new CliError('load-failed', {
    message: `${shownPath(file, project)}: expected it to load, got ${kind}: ${text}`,
    where: where ?? shownPath(file, project),
    remedy: 'correct the line named; --stack shows the whole stack',
    details: place ? await excerpt(place.file, place) : [],
    cause: error,
  })
}

/** A syntax error's own line of what the loader says about it. */
function reasonIn(message: string): string {
  return /: ERROR: (?<reason>.*)/.exec(message)?.groups?.['reason'] ?? message
}

/** The first frame in the author's own modules. */
async function placeOf(error: unknown, file: string, project: Project): Promise<StackPlace | undefined> {
  const own = new Set(await modulesOrFile(file, project))
  const text = error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : ''
  return text
    .split('\n')
    .flatMap(placeInLine)
    .find((place) => own.has(place.file))
}

/** A file that cannot be parsed has no list of modules. */
async function modulesOrFile(file: string, project: Project): Promise<readonly string[]> {
  try {
    return (await listUserModules(file, project)).all
  } catch {
    return [file]
  }
}

interface StackPlace {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** `at run (file:///project/a.ts:3:9)`, and the `/project/a.ts:3:9: ERROR: …` of a syntax error. */
function placeInLine(text: string): readonly StackPlace[] {
  const { path, line, column } =
    /(?:file:\/\/)?(?<path>\/[^:?]+)(?:\?[^:]*)?:(?<line>\d+):(?<column>\d+)/.exec(text)?.groups ?? {}
  if (path === undefined) return []
  // Stacks count columns from 1, the loader's syntax errors from 0.
  const first = text.includes(': ERROR: ') ? 1 : 0
  return [{ file: decodeURIComponent(path), line: Number(line), column: Number(column) + first }]
}

function relativeTo({ root }: Project, text: string): string {
  return text.replaceAll(`${pathToFileURL(root).href}/`, '').replaceAll(`${root}/`, '')
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
