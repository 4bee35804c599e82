import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pythonEnvironments } from '../../activities/children/python-environment.ts'
import { machineCache } from '../../config/machine-cache.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const PACKAGE = join(REPOSITORY, 'python')
const environmentOf = pythonEnvironments(machineCache(process.env))

export interface Job {
  readonly call: 'dataset' | 'features' | 'predictions'
  readonly args: readonly (string | number)[]
  /** Whose sums to answer, besides how many rows there are. */
  readonly columns?: readonly string[]
}

/** What `anneal_reader` finds in a state folder, or the code and message of its error. */
export async function readByPython(stateFolder: string, { columns = [], ...job }: Job): Promise<unknown> {
  const python = await environmentOf(PACKAGE)
  if (python === undefined) throw new Error('python: expected a uv.lock, got none')
  const program = join(import.meta.dirname, 'summed.py')
  const args = ['-B', program, stateFolder, JSON.stringify({ ...job, columns })]
  const { stdout } = await promisify(execFile)(python, args, { env: { PYTHONPATH: PACKAGE } })
  return JSON.parse(stdout)
}
