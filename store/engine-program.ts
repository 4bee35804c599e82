import { join } from 'node:path'

const RUN = join(import.meta.dirname, '../setup/run.mjs')

/** Node and the arguments that run a TypeScript program of this package. `file`: relative to the package's folder. */
export function engineProgram(file: string): readonly [program: string, ...args: string[]] {
  return [process.execPath, RUN, file]
}
