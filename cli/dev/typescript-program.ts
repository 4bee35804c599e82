import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Node and the arguments that run a TypeScript program of this package. `file`: relative to the package's folder. */
export function typeScriptProgram(file: string): readonly [program: string, ...args: string[]] {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  return [process.execPath, '--import', tsx, join(import.meta.dirname, '../..', file)]
}
