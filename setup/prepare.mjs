import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installDependencies } from './dependencies.mjs'
import { missingRequirements } from './requirements.mjs'

/** The package's folder: a clone, or where npm installed it. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Brings a bare clone to where every program of it runs. Ends the process with a clear line where it cannot. */
export async function prepare() {
  const faults = missingRequirements()
  if (faults.length > 0) giveUp(faults.join('\n'))
  try {
    await installDependencies(root, { report })
  } catch (error) {
    giveUp(error instanceof Error ? error.message : String(error))
  }
}

/** @param {string} line */
export function report(line) {
  process.stderr.write(`${line}\n`)
}

/**
 * Exit code 3: the environment is not as needed.
 * @param {string} text
 * @returns {never}
 */
export function giveUp(text) {
  report(text)
  process.exit(3)
}
