import type { Loader } from 'esbuild'
import { extname } from 'node:path'

/** Names of files that hold JavaScript or TypeScript. */
export const SCRIPT = /\.[cm]?[jt]sx?$/

export function isScript(file: string): boolean {
  return SCRIPT.test(file)
}

/** How esbuild reads a script. */
export function loaderOf(file: string): Loader {
  switch (extname(file)) {
    case '.tsx':
      return 'tsx'
    case '.jsx':
      return 'jsx'
    case '.js':
    case '.mjs':
      return 'js'
    default:
      return 'ts'
  }
}
