import { transform, type OnLoadResult, type Plugin, type PluginBuild } from 'esbuild'
import { readFile } from 'node:fs/promises'
import { isBuiltin, SourceMap, type SourceMapPayload } from 'node:module'
import { basename, dirname } from 'node:path'
import type { Barrier } from './barriers.ts'
import { dslStub, ENGINE_DSL, namesDsl } from './engine-dsl.ts'
import { loaderOf } from './script-files.ts'
import { ENGINE_ZOD, makeShakeable } from './shakeable.ts'

export interface BundlePlugin {
  readonly plugin: Plugin
  /** What cannot travel in the modules loaded so far, with the place in the author's file. */
  readonly barriers: () => readonly PlacedBarrier[]
  /** A place in a module as esbuild reads it (line from 1, column from 0), in the author's file (both from 1). */
  readonly originalPlace: (file: string, at: Place) => Place
}

export interface PlacedBarrier extends Place {
  readonly marker: string
  readonly what: Barrier['what']
  readonly file: string
}

export interface Place {
  readonly line: number
  readonly column: number
}

/** Gives esbuild the author's modules in a form of which it can drop what a task does not reach, and a stub of the DSL. */
export function bundlePlugin(userModules: readonly string[]): BundlePlugin {
  const maps = new Map<string, SourceMap>()
  const barriers: PlacedBarrier[] = []
  const sideEffects = new Map<string, ReadonlySet<string>>()
  const originalPlace = (file: string, at: Place): Place => placeIn(maps.get(file), at)

  async function load(file: string): Promise<OnLoadResult> {
    const { code, map } = await toJavaScript(file)
    const mark = `__anneal_barrier_${userModules.indexOf(file)}`
    const shakeable = makeShakeable(code, { mark, isDsl: (specifier) => namesDsl(specifier, file) })
    maps.set(file, new SourceMap(JSON.parse(map) as SourceMapPayload)) // esbuild's own output
    sideEffects.set(file, shakeable.sideEffectImports)
    barriers.push(...shakeable.barriers.map((found) => ({ ...found, file, ...originalPlace(file, found) })))
    const inline = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}`
    return { contents: `${shakeable.code}\n${inline}`, loader: 'js' }
  }

  const plugin: Plugin = {
    name: 'anneal',
    setup(build) {
      build.onLoad({ filter: exactly([ENGINE_DSL]) }, () => ({
        contents: dslStub(),
        resolveDir: dirname(ENGINE_DSL),
        loader: 'js',
      }))
      build.onLoad({ filter: exactly(userModules.filter(isModule)) }, ({ path }) => load(path))
      build.onResolve({ filter: exactly([ENGINE_ZOD]) }, () =>
        build.resolve('zod', { kind: 'import-statement', resolveDir: dirname(ENGINE_DSL) }),
      )
      dropUnusedPackages(build, (importer) => sideEffects.get(importer))
    },
  }
  return { plugin, barriers: () => barriers, originalPlace }
}

/** Files that Node takes for CommonJS whatever their package says are bundled as they are. */
function isModule(file: string): boolean {
  return !/\.c[jt]s$/.test(file)
}

function exactly(paths: readonly string[]): RegExp {
  return new RegExp(`^(?:${paths.map((path) => path.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('|')})$`)
}

async function toJavaScript(file: string): Promise<{ code: string; map: string }> {
  return transform(await readFile(file, 'utf8'), {
    loader: loaderOf(file),
    sourcefile: basename(file),
    sourcemap: 'external',
    target: 'node20',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  })
}

/**
 * A package of which a task uses no name is left out of its bundle, even where the package does not say that this is
 * harmless: an import added for one task would otherwise change every task of the file. `import 'package'` stays.
 */
function dropUnusedPackages(
  build: PluginBuild,
  sideEffectsOf: (importer: string) => ReadonlySet<string> | undefined,
): void {
  build.onResolve({ filter: /^[^./]/ }, async ({ path, importer, pluginData, ...args }) => {
    const kept = sideEffectsOf(importer)
    if (pluginData === RESOLVING || kept === undefined || kept.has(path) || isBuiltin(path)) return undefined
    const resolved = await build.resolve(path, {
      importer,
      kind: args.kind,
      resolveDir: args.resolveDir,
      pluginData: RESOLVING,
    })
    return resolved.errors.length > 0 || resolved.external ? undefined : { path: resolved.path, sideEffects: false }
  })
}

const RESOLVING = Symbol('resolving')

function placeIn(map: SourceMap | undefined, { line, column }: Place): Place {
  const entry = map?.findEntry(line - 1, column)
  if (entry === undefined || !('originalLine' in entry)) return { line, column: column + 1 }
  return { line: entry.originalLine + 1, column: entry.originalColumn + 1 }
}
