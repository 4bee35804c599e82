import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** @typedef {{ path: string, inPackage: boolean }} Folder `inPackage`: packages are found by name from there. */

/**
 * Where built programs may lie, the best place first: in the package, else with what this user's machine needs once.
 * The second is for a package that another user has installed, as in an image whose programs do not run as root.
 * @param {string} root The package's folder.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {[own: Folder, users: Folder]}
 */
export function programFolders(root, env = process.env) {
  const cache = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache')
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16)
  return [
    { path: join(root, 'node_modules/.cache/anneal-programs'), inPackage: true },
    { path: join(cache, 'anneal/programs', name), inPackage: false },
  ]
}

/**
 * @param {string} folder It, or the nearest one above that is there.
 * @returns {boolean}
 */
export function isWritable(folder) {
  if (!existsSync(folder) && dirname(folder) !== folder) return isWritable(dirname(folder))
  try {
    accessSync(folder, constants.W_OK)
    return statSync(folder).isDirectory()
  } catch {
    return false
  }
}

/**
 * Imports packages by their place: for a program that lies where they are not found by name.
 * @type {import('esbuild').Plugin}
 */
export const packagesByPlace = {
  name: 'packages-by-place',
  setup: (bundling) => {
    bundling.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      if (kind === 'entry-point' || isBuiltin(path)) return undefined
      return { path: import.meta.resolve(path), external: true }
    })
  },
}
