import { build, type BuildFailure, type Metafile } from 'esbuild'
import { resolve } from 'node:path'
import { CliError } from '../errors.ts'
import { ENGINE_DSL } from './engine-dsl.ts'
import { shownPath, type Project } from './project.ts'

export interface UserModules {
  /** Modules that are loaded with the pipeline file, itself first. Absolute paths. */
  readonly loaded: readonly string[]
  /** Those, and the ones that only a dynamic `import()` reaches. */
  readonly all: readonly string[]
}

/**
 * The modules that a pipeline file is made of, without packages and without the DSL.
 * @throws CliError `load-failed` for an import or a module that cannot be read.
 */
export async function listUserModules(file: string, project: Project): Promise<UserModules> {
  const metafile = await readGraph(file, project)
  const absolute = (path: string): string => resolve(project.root, path)
  const scripts = Object.keys(metafile.inputs).filter((path) => /\.[mc]?[jt]sx?$/.test(path))
  return { loaded: loadedWith(file, metafile, absolute), all: scripts.map(absolute) }
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
    const [error] = cause.errors
    const got = error?.text ?? 'another error'
    const place = error?.location
    throw new CliError('load-failed', {
      message: `${shownPath(file, project)}: expected its modules to be readable, got: ${got}`,
      where: place ? `${place.file}:${place.line}:${place.column + 1}` : shownPath(file, project),
      remedy: 'correct the line named',
      cause,
    })
  }
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
      if (kind === 'import-statement' && !external && /\.[mc]?[jt]sx?$/.test(imported)) found.add(absolute(imported))
    }
  }
  return [...found]
}
