import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ActivityError } from '../errors.ts'
import { buildFolder } from './build-folder.ts'
import type { Python } from './system-python.ts'
import { withoutPaths } from './user-stack.ts'

/** The version that is fetched where none is on PATH. */
export const UV_VERSION = '0.13.9'

const MOST_SAID = 1000

/** uv from PATH, else one of its own in `<cacheFolder>/uv-<version>`, fetched from the package index. Throws `environment-failed`. */
export async function findUv({
  cacheFolder,
  python,
}: {
  readonly cacheFolder: string
  readonly python: Python
}): Promise<string> {
  if (await answers('uv')) return 'uv'
  const target = join(cacheFolder, `uv-${UV_VERSION}`)
  const uv = join(target, 'bin', 'uv')
  if (existsSync(uv)) return uv
  const build = async (temporary: string): Promise<void> => {
    const options = { subject: `uv ${UV_VERSION}`, folder: temporary }
    await runTool(python.executable, ['-I', '-m', 'venv', temporary], options)
    const pip = ['-I', '-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', `uv==${UV_VERSION}`]
    await runTool(join(temporary, 'bin', 'python'), pip, options)
  }
  await buildFolder(target, { proof: join('bin', 'uv'), build })
  return uv
}

export interface ToolOptions {
  /** Begins the message: what is being made. */
  readonly subject: string
  /** Paths in it are shown relative to it. */
  readonly folder: string
  /** Added to this process's own, of which the tool needs proxies, certificates and package indexes. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Runs a program to its end. Throws `environment-failed` with what it said. */
export async function runTool(program: string, args: readonly string[], options: ToolOptions): Promise<void> {
  try {
    await promisify(execFile)(program, args, { encoding: 'utf8', env: { ...process.env, ...options.environment } })
  } catch (error) {
    const said = saidBy(error).replaceAll(/\/\/[^@/\s]+@/g, '//')
    const got = withoutPaths(said, options.folder).trim().slice(-MOST_SAID)
    const message = `${options.subject}: expected it to be installed, got: ${got}; correct the lock file or the package index`
    throw new ActivityError('environment-failed', { message, retry: true })
  }
}

function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error'
  if ('stderr' in error && typeof error.stderr === 'string' && error.stderr !== '') return error.stderr
  return 'code' in error ? String(error.code) : error.message
}

async function answers(program: string): Promise<boolean> {
  return promisify(execFile)(program, ['--version']).then(
    () => true,
    () => false,
  )
}
