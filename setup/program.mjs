import { pathToFileURL } from 'node:url'
import { builtProgram } from './built-program.mjs'
import { installDependencies } from './dependencies.mjs'
import { giveUp, report, root } from './prepare.mjs'
import { nodeFault } from './requirements.mjs'

/**
 * Runs a TypeScript program of this package in this process.
 * @param {string} file Relative to the package's folder.
 * @param {readonly string[]} parameters What the program sees as its own.
 */
export async function runProgram(file, parameters) {
  const fault = nodeFault(process.versions.node)
  if (fault) giveUp(fault)
  await installDependencies(root, { report }).catch((/** @type {Error} */ error) => giveUp(error.message))
  process.argv = [process.execPath, file, ...parameters]
  await importTypeScript(file)
}

/**
 * @param {string} file Relative to the package's folder.
 * @returns {Promise<unknown>} What it exports.
 */
export async function importTypeScript(file) {
  const program = await builtProgram(root, file)
  process.setSourceMapsEnabled(true)
  return /** @type {unknown} */ (await import(pathToFileURL(program).href))
}
