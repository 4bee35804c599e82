import { build, type BuildFailure, type Metafile } from 'esbuild'
import { resolve } from 'node:path'
import { CliError } from '../errors.ts'
import { ENGINE_DSL } from './engine-dsl.ts'
import { excerpt } from './excerpt.ts'
import { shownPath, type Project } from './project.ts'
import { isScript } from './script-files.ts'

export interface UserModules {
  /** Modules that are loaded with the pipeline file, itself first. Absolute paths. */
  readonly loaded: readonly string[]
  /** Those, and the ones that only a dynamic `import()` reaches. */
  readonly all: readonly string[]
  /** All of those that are not CommonJS. */
  readonly esm: readonly string[]
}

/**
 * The modules that a pipeline file is made of, without packages and without the DSL.
 * @throws CliError `load-failed` for an import or a module that cannot be read.
 */
export async function listUserModules(file: string, project: Project): Promise<UserModules> {
  const metafile = await readGraph(file, project)
  const absolute = (path: string): string => resolve(project.root, path)
  const scripts = Object.keys(metafile.inputs).filter(isScript)
  const esm = scripts.filter((path) => metafile.inputs[path]?.format !== 'cjs' && !/\.c[jt]s$/.test(path))
  return { loaded: loadedWith(file, metafile, absolute), all: scripts.map(absolute), esm: esm.map(absolute) }
}

async function readGraph(file: string, project: Project): Promise<Metafile> {
  try {
    const { metafile } = await build({
      entryPoints: [file],
      absWorkingDir: project.root,
      bundle: true,
      write: false,
      metafile: true,
      outdir: project.root,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      external: [ENGINE_DSL],
      loader: { '.node': 'empty' },
      logLevel: 'silent',
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    })
    return metafile
  } catch (cause) {
    if (!isBuildFailure(cause)) throw cause
    throw await unreadable(cause, shownPath(file, project), project)
  }
}

async function unreadable(cause: BuildFailure, shown: string, { root }: Project): Promise<CliError> {
  const [error] = cause.errors
  const at = error?.location
  const place = at && { file: at.file, line: at.line, column: at.column + 1 }
  return new CliError('load-failed', {
    message: `${shown}: expected it to load, got: ${error?.text ?? 'another error'}`,
    where: place ? `${place.file}:${place.line}:${place.column}` : shown,
    remedy: 'correct the line named',
    details: place ? await excerpt(resolve(root, place.file), place) : [],
    cause,
  })
}

/** @internal */
export function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}

function loadedWith(file: string, { inputs }: Metafile, absolute: (path: string) => string): readonly string[] {
  const importsOf = new Map(Object.entries(inputs).map(([path, { imports }]) => [absolute(path), imports]))
  const found = new Set([file])
  for (const path of found) {
    for (const { kind, external, path: imported } of importsOf.get(path) ?? []) {
      if (kind === 'import-statement' && !external && isScript(imported)) found.add(absolute(imported))
    }
  }
  return [...found]
}
