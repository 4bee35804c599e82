import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isWritable, packagesByPlace, programFolders } from './program-folders.mjs'

/** @typedef {{ root: string, entry: string, sources: [file: string, bytes: number, mtimeMs: number][] }} Built */

const DAY_MILLIS = 86_400_000

/**
 * A TypeScript program of this package as JavaScript, made at its first use and whenever one of its sources has
 * changed: it starts in a third of the time that a TypeScript loader takes (`npm run bench`).
 * @param {string} root The package's folder.
 * @param {string} file The program's, relative to `root`.
 * @returns {Promise<string>} The path to import.
 */
export async function builtProgram(root, file) {
  const slug = file.replaceAll(/[^a-z0-9]+/gi, '-')
  const folders = programFolders(root)
  const known = folders.map(({ path }) => readListing(join(path, `${slug}.json`))).find((one) => isUpToDate(one, root))
  if (known) return known.entry
  const folder = folders.find(({ path }) => isWritable(path)) ?? folders[0]
  mkdirSync(folder.path, { recursive: true })
  sweep(folder.path)
  const listing = join(folder.path, `${slug}.json`)
  const out = mkdtempSync(join(folder.path, `${slug}.`))
  const built = await build(root, file, { out, plugins: folder.inPackage ? [] : [packagesByPlace] })
  // Written last and whole: a build that was cut off is never found, and of two at once both are good.
  const partial = join(out, 'listing.json')
  writeFileSync(partial, JSON.stringify(built))
  renameSync(partial, listing)
  return built.entry
}

/**
 * @param {string} listing
 * @returns {Built | undefined}
 */
function readListing(listing) {
  try {
    return /** @type {Built} */ (JSON.parse(readFileSync(listing, 'utf8')))
  } catch {
    return undefined
  }
}

/**
 * @param {Built | undefined} built
 * @param {string} root
 */
function isUpToDate(built, root) {
  return built?.root === root && built.sources.every(([source, ...was]) => isAsBefore(join(root, source), was))
}

/**
 * @param {string} path
 * @param {readonly number[]} was
 */
function isAsBefore(path, [bytes, mtimeMs]) {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && found.size === bytes && found.mtimeMs === mtimeMs
}

/**
 * @param {string} root
 * @param {string} file
 * @param {{ out: string, plugins: import('esbuild').Plugin[] }} options
 * @returns {Promise<Built>}
 */
async function build(root, file, { out, plugins }) {
  // oxlint-disable-next-line no-restricted-imports -- the dependencies are there by the time this runs
  const esbuild = await import('esbuild')
  /** @type {Map<string, [bytes: number, mtimeMs: number]>} As they were before they were read. */
  const sources = new Map()
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: [file],
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
    plugins: [inPlace(root, sources), ...plugins],
  })
  const entry = join(out, `${file.split('/').at(-1)?.replace(/\.ts$/, '')}.mjs`)
  return { root, entry, sources: [...sources].map(([source, [bytes, mtimeMs]]) => [source, bytes, mtimeMs]) }
}

/**
 * A module goes on to find what lies beside its source.
 * @param {string} root
 * @param {Map<string, [bytes: number, mtimeMs: number]>} sources
 * @returns {import('esbuild').Plugin}
 */
function inPlace(root, sources) {
  return {
    name: 'in-place',
    setup: (bundling) => {
      bundling.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const { size, mtimeMs } = statSync(path)
        sources.set(relative(root, path), [size, mtimeMs])
        const text = await readFile(path, 'utf8')
        const [url, folder] = [JSON.stringify(pathToFileURL(path).href), JSON.stringify(dirname(path))]
        const contents = text.replaceAll('import.meta.url', url).replaceAll('import.meta.dirname', folder)
        return { contents, loader: 'ts' }
      })
    },
  }
}

/**
 * Takes away what was built before; not what a process may still be loading from.
 * @param {string} folder
 */
function sweep(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Infinity }
    if (!name.endsWith('.json') && mtimeMs < Date.now() - DAY_MILLIS) rmSync(path, { recursive: true, force: true })
  }
}
