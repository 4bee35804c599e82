import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './prepare.mjs'

/**
 * Runs a TypeScript program of this package in this process.
 * @param {string} file Relative to the package's folder.
 * @param {readonly string[]} parameters What the program sees as its own.
 */
export async function runProgram(file, parameters) {
  const program = join(root, file)
  process.argv = [process.execPath, program, ...parameters]
  await importTypeScript(program)
}

/**
 * @param {string} path Absolute.
 * @returns {Promise<unknown>} What it exports.
 */
export async function importTypeScript(path) {
  // oxlint-disable-next-line no-restricted-imports -- the dependencies are there by the time this runs
  const { register } = await import('tsx/esm/api')
  register()
  return /** @type {unknown} */ (await import(pathToFileURL(path).href))
}
