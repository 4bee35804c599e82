import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ActivityError } from '../errors.ts'

export interface Python {
  /** Absolute path of the interpreter itself: what is on PATH may be a script that chooses one, and slower than Python. */
  readonly executable: string
  /** `3.11.7` */
  readonly version: string
}

const QUESTION = 'import sys; print(sys.executable, *sys.version_info[:3], sep="\\n")'
const OLDEST_MINOR = 10

/** The interpreter behind the `python3` on PATH. Throws `python-missing`. */
export async function findPython(): Promise<Python> {
  const answer = await ask()
  const [executable = '', major, minor, patch] = answer.split('\n')
  if (executable !== '' && major === '3' && Number(minor) >= OLDEST_MINOR)
    return { executable, version: `${major}.${minor}.${patch}` }
  throw missing(`version ${major}.${minor}`)
}

async function ask(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('python3', ['-I', '-S', '-c', QUESTION], { encoding: 'utf8' })
    return stdout.trim()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer'
    throw missing(code === 'ENOENT' ? 'none' : code)
  }
}

function missing(got: string): ActivityError {
  const message = `python3 on the worker's PATH: expected Python 3.${OLDEST_MINOR} or later, got ${got}; install it on every worker`
  return new ActivityError('python-missing', { message, retry: false })
}
