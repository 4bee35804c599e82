import { build, type OnLoadResult, type Plugin, type PluginBuild } from 'esbuild'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fromSystemError } from '../../store/errors.ts'
import { bridgedDsl, namesDsl } from './engine-dsl.ts'
import type { Project } from './project.ts'
import { isScript, loaderOf, SCRIPT } from './script-files.ts'
import type { UserModules } from './user-modules.ts'

/** The author's modules as JavaScript, one file each, so that Node loads them in the order that they import each other. */
export interface AuthorModules {
  /** What to import for a module, by its absolute path. */
  readonly urlOf: (module: string) => string
  /** A message of Node's about the files made here, in terms of the author's. */
  readonly inAuthorsTerms: (text: string) => string
  readonly remove: () => Promise<void>
}

/**
 * Makes JavaScript of the modules in the project's cache. Imports of packages are resolved from where the author wrote
 * them, and those of the DSL lead to the one that this process has loaded.
 * @throws StoreError where the state folder cannot be written.
 */
export async function buildAuthorModules(modules: UserModules, project: Project): Promise<AuthorModules> {
  const folder = await makeFolder(project)
  const files = new Map(modules.esm.map((path, index) => [path, join(folder, `${index}-${basename(path)}.mjs`)]))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    await writeModules({ files, folder, dsl: join(folder, 'anneal.mjs') }, project)
  } catch (error) {
    await remove()
    throw error
  }
  return {
    urlOf: (module) => pathToFileURL(files.get(module) ?? module).href,
    inAuthorsTerms: (text) =>
      [...files].reduce((shown, [path, file]) => {
        const [made, source] = [basename(file), basename(path)]
        return shown.replaceAll(pathToFileURL(file).href, path).replaceAll(file, path).replaceAll(made, source)
      }, text),
    remove,
  }
}

async function makeFolder({ stateFolder }: Project): Promise<string> {
  const cache = join(stateFolder, 'cache')
  try {
    await mkdir(cache, { recursive: true })
    return await mkdtemp(join(cache, 'modules-'))
  } catch (error) {
    throw fromSystemError(error, 'state folder: folder "cache"')
  }
}

interface Layout {
  /** Where each module's JavaScript goes. */
  readonly files: ReadonlyMap<string, string>
  readonly folder: string
  readonly dsl: string
}

async function writeModules(layout: Layout, project: Project): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [...layout.files].map(([path, file]) => ({ in: path, out: basename(file, '.mjs') })),
    outdir: layout.folder,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: project.root,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // What Node itself takes, and not the "module" that bundlers prefer.
    conditions: [],
    sourcemap: 'inline',
    sourcesContent: false,
    loader: { '.node': 'empty' },
    logLevel: 'silent',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [placed(layout)],
  })
  const made = outputFiles.map(({ path, contents }) => [path, contents] as const)
  try {
    await Promise.all([...made, [layout.dsl, bridgedDsl()] as const].map(([path, text]) => writeFile(path, text)))
  } catch (error) {
    throw fromSystemError(error, 'state folder: file "cache/modules"')
  }
}

function placed({ files, dsl }: Layout): Plugin {
  return {
    name: 'author-modules',
    setup: (building) => {
      building.onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind === 'entry-point' || pluginData === RESOLVING) return undefined
        if (namesDsl(path, importer)) return { path: pathToFileURL(dsl).href, external: true }
        const found = await resolveIn(building, { path, kind, importer, resolveDir })
        // What is not there is Node's to refuse, once the code gets to it.
        if (found === undefined) return { path, external: true }
        const file = files.get(found)
        if (file !== undefined) return { path: `./${basename(file)}`, external: true }
        if (!isAbsolute(found)) return { path: found, external: true }
        // Node refuses what is no script, or wants it declared: it becomes part of the module, as it does of a task.
        return isScript(found) ? { path: pathToFileURL(found).href, external: true } : { path: found }
      })
      building.onLoad({ filter: SCRIPT }, ({ path }) => readInPlace(path))
    },
  }
}

const RESOLVING = Symbol('resolving')

type Asked = Parameters<Parameters<PluginBuild['onResolve']>[1]>[0]

async function resolveIn(
  building: PluginBuild,
  { path, ...from }: Pick<Asked, 'path' | 'kind' | 'importer' | 'resolveDir'>,
): Promise<string | undefined> {
  const found = await building.resolve(path, { ...from, pluginData: RESOLVING })
  return found.errors.length > 0 ? undefined : found.path
}

/** A module goes on to find what lies beside its source. */
async function readInPlace(path: string): Promise<OnLoadResult> {
  const text = await readFile(path, 'utf8')
  const own = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) }
  const contents = text.replaceAll(/\bimport\.meta\.(url|filename|dirname)\b/g, (_, name: keyof typeof own) =>
    JSON.stringify(own[name]),
  )
  return { contents, loader: loaderOf(path) }
}
