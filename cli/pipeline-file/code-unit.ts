import { build, type BuildFailure, type BuildResult, type Message, type OutputFile } from 'esbuild'
import { createHash } from 'node:crypto'
import { isBuiltin } from 'node:module'
import { dirname, resolve } from 'node:path'
import type { Digest } from '../../dsl/plan.ts'
import { CliError } from '../errors.ts'
import { bundlePlugin, type BundlePlugin } from './bundle-plugin.ts'
import { shownPath, type Project } from './project.ts'
import { isBuildFailure } from './user-modules.ts'

/** A task and where to import it from. */
export interface ExportedTask {
  readonly name: string
  /** Absolute path. */
  readonly module: string
  readonly export: string
}

/** One task as an ES module that needs nothing but Node. */
export interface CodeUnit {
  readonly digest: Digest
  /** Its default export is `{ input, output, run }`. */
  readonly code: Uint8Array
  /** Source map, version 3, with paths from the project's folder. Not part of the digest: it changes with comments. */
  readonly sourceMap: Uint8Array
}

export interface BundleInput {
  readonly tasks: readonly ExportedTask[]
  /** The project's own modules, absolute: of these a bundle holds only what its task reaches. */
  readonly modules: readonly string[]
}

/**
 * Bundles each task by itself, by name. The same sources give the same bytes wherever the project's folder stands.
 * @throws CliError `task-not-bundlable` with the task and the import that cannot travel.
 */
export async function bundleTasks(input: BundleInput, project: Project): Promise<ReadonlyMap<string, CodeUnit>> {
  if (input.tasks.length === 0) return new Map()
  const bundling: Bundling = { ...input, project, loader: bundlePlugin(input.modules) }
  const { result, missing } = await buildWithout(bundling)
  return new Map(
    input.tasks.map((task, index) => {
      const output: TaskOutput = { task, ...outputOf(result, index, project) }
      refuseMissing(output, missing, bundling)
      refuseNative(output)
      refuseBarriers(output, bundling)
      return [task.name, asUnit(output)]
    }),
  )
}

interface Bundling extends BundleInput {
  readonly project: Project
  readonly loader: BundlePlugin
}

interface TaskOutput {
  readonly task: ExportedTask
  readonly code: OutputFile
  readonly map: OutputFile
  readonly imports: readonly string[]
  readonly inputs: readonly string[]
}

type Built = BuildResult<{ metafile: true; write: false }>

/** What cannot be resolved is left out at first: it is an error only for a task that reaches it. */
async function buildWithout(bundling: Bundling): Promise<{ result: Built; missing: readonly Message[] }> {
  try {
    return { result: await runBuild(bundling, []), missing: [] }
  } catch (failure) {
    if (!isBuildFailure(failure)) throw failure
    const missing = failure.errors.filter((error) => unresolvedIn(error) !== undefined)
    if (missing.length < failure.errors.length) throw unreadable(failure, bundling)
    const specifiers = missing.flatMap((error) => unresolvedIn(error) ?? [])
    return { result: await runBuild(bundling, specifiers), missing }
  }
}

const ENTRY = 'anneal-task'

/** CommonJS packages ask for Node's modules by `require`, which an ES module has not. Part of every digest. */
const REQUIRE =
  'globalThis.require??=(name)=>{const found=process.getBuiltinModule(name);' +
  'if(found)return found;throw new Error(`require of "${name}": expected a module of Node, since a task is one bundle`)};'

function runBuild({ tasks, project, loader }: Bundling, external: readonly string[]): Promise<Built> {
  return build({
    entryPoints: tasks.map((_, index) => ({ in: `${ENTRY}:${index}`, out: `${ENTRY}-${index}` })),
    absWorkingDir: project.root,
    outdir: project.root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minifyWhitespace: true,
    legalComments: 'none',
    charset: 'utf8',
    sourcemap: 'external',
    treeShaking: true,
    banner: { js: REQUIRE },
    loader: { '.node': 'file' },
    external: [...external],
    logLevel: 'silent',
    plugins: [
      {
        name: 'anneal-task',
        setup: (entries) => {
          entries.onResolve({ filter: new RegExp(`^${ENTRY}:`) }, ({ path }) => ({ path, namespace: ENTRY }))
          entries.onLoad({ filter: /./, namespace: ENTRY }, ({ path }) => entryOf(tasks[Number(path.split(':')[1])]))
        },
      },
      loader.plugin,
    ],
  })
}

function entryOf(task: ExportedTask | undefined): { contents: string; resolveDir: string } | undefined {
  if (task === undefined) return undefined
  const contents = `export { ${JSON.stringify(task.export)} as default } from ${JSON.stringify(task.module)}`
  return { contents, resolveDir: dirname(task.module) }
}

function outputOf({ outputFiles, metafile }: Built, index: number, { root }: Project): Omit<TaskOutput, 'task'> {
  const path = `${ENTRY}-${index}.js`
  const fileAt = (name: string): OutputFile | undefined => outputFiles.find((file) => file.path === resolve(root, name))
  const [code, map, about] = [fileAt(path), fileAt(`${path}.map`), metafile.outputs[path]]
  if (!code || !map || !about) throw new Error(`bundle: expected "${path}" among the outputs, got none`)
  return { code, map, imports: about.imports.map((one) => one.path), inputs: Object.keys(about.inputs) }
}

function asUnit({ code, map }: TaskOutput): CodeUnit {
  const digest = createHash('sha256').update(code.contents).digest('hex')
  return { digest, code: code.contents, sourceMap: map.contents }
}

function refuseMissing({ task, imports }: TaskOutput, missing: readonly Message[], bundling: Bundling): void {
  const unknown = imports.find((path) => !isBuiltin(path) && missing.some((error) => unresolvedIn(error) === path))
  const error = missing.find((one) => unresolvedIn(one) === unknown)
  if (unknown === undefined || error === undefined) return
  throw notBundlable(task, {
    ...whereIs(error, bundling),
    expected: 'imports that are files of the project, installed packages, or modules of Node',
    got: `"${unknown}"`,
    remedy: `install "${unknown}" or correct the import`,
  })
}

function refuseNative({ task, inputs }: TaskOutput): void {
  const addon = inputs.find((path) => path.endsWith('.node'))
  if (addon === undefined) return
  throw notBundlable(task, {
    expected: 'code that runs on every worker',
    got: `the native addon "${addon}"`,
    remedy: 'use a package in plain JavaScript, or do this step in python()',
  })
}

const BARRIER_REMEDIES = {
  'import.meta': "pass what stands beside the file as an input: file('path')",
  __dirname: "pass what stands beside the file as an input: file('path')",
  __filename: "pass what stands beside the file as an input: file('path')",
  'import()': 'import a module by a literal name',
} as const

function refuseBarriers({ task, code }: TaskOutput, { loader, project }: Bundling): void {
  const barrier = loader.barriers().find(({ marker }) => code.text.includes(marker))
  if (barrier === undefined) return
  const { what, file, line, column } = barrier
  throw notBundlable(task, {
    where: `${shownPath(file, project)}:${line}:${column}`,
    expected: 'code that does not depend on where it stands',
    got: what === 'import()' ? 'an import() of a computed name' : what,
    remedy: BARRIER_REMEDIES[what],
  })
}

function unreadable({ errors: [error] }: BuildFailure, bundling: Bundling): CliError {
  const [task] = bundling.tasks
  const message = error?.text ?? 'unknown'
  const got = message
  const expected = 'modules that esbuild reads'
  return notBundlable(task, {
    ...(error && whereIs(error, bundling)),
    expected,
    got,
    remedy: 'correct the module named',
  })
}

function notBundlable(
  task: ExportedTask | undefined,
  fault: { where?: string; expected: string; got: string; remedy: string },
): CliError {
  return new CliError('task-not-bundlable', {
    message: `task "${task?.name ?? ''}" cannot be bundled: expected ${fault.expected}, got ${fault.got}`,
    ...fault,
  })
}

function whereIs({ location }: Message, { loader, project }: Bundling): { where?: string } {
  if (!location) return {}
  const place = loader.originalPlace(resolve(project.root, location.file), location)
  return { where: `${location.file}:${place.line}:${place.column}` }
}

function unresolvedIn({ text }: Message): string | undefined {
  return /^Could not resolve "(.+)"$/.exec(text)?.[1]
}
