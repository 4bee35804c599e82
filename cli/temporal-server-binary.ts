import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { machineCache } from '../config/machine-cache.ts'
import { CliError } from './errors.ts'
import { buildTemporal } from './temporal-server-build.ts'
import { downloadTemporal } from './temporal-server-download.ts'

/** Of the `temporal` command that is downloaded or built where there is none. */
const TEMPORAL_VERSION = '1.5.1'

export interface BinarySearch {
  /** Default: this process's. */
  readonly env?: NodeJS.ProcessEnv
  /** Hears a line whenever something takes long. */
  readonly report: (line: string) => unknown
}

/** What one way of getting the binary came to. `said` is a clause for the error that lists all ways. */
export type Found = { readonly path: string } | { readonly said: string }

/**
 * The path of a `temporal` that can run our server: on the PATH, in the machine's cache, downloaded, or built with Go,
 * the first that works. The last two fill the cache. Throws `CliError` `tool-missing` naming each way tried.
 */
export async function findTemporalBinary({ env = process.env, report }: BinarySearch): Promise<string> {
  const cached = cachedBinary(env)
  const target = { env, report, cached, version: TEMPORAL_VERSION }
  const ways: readonly (readonly [string, () => Promise<Found>])[] = [
    ['`temporal` on the PATH', () => onPath(env)],
    ['the cache', () => verified(cached, env)],
    ['download', async () => confirmed(await downloadTemporal(target), env)],
    ['build with Go', async () => confirmed(await buildTemporal(target), env)],
  ]
  const tried: string[] = []
  for (const [name, way] of ways) {
    const found = await way()
    if ('path' in found) return found.path
    tried.push(`${name}: ${found.said}`)
  }
  throw new CliError('tool-missing', {
    message: `temporal server: expected one of ${ways.length} ways to get it to work, got none`,
    details: tried,
    remedy: `put a temporal command of version ${TEMPORAL_VERSION} or newer on the PATH, or Go 1.24 or newer to build it, or set TEMPORAL_ADDRESS to a running server`,
  })
}

/** The binary that is there without downloading or building, or `undefined`. */
export async function presentTemporalBinary(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const found = await Promise.all([onPath(env), verified(cachedBinary(env), env)])
  return found.find((each) => 'path' in each)?.path
}

function cachedBinary(env: NodeJS.ProcessEnv): string {
  return join(machineCache(env), 'temporal', TEMPORAL_VERSION, 'temporal')
}

async function onPath(env: NodeJS.ProcessEnv): Promise<Found> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  let said = 'not there'
  for (const folder of folders) {
    const found = await verified(join(folder, 'temporal'), env)
    if ('path' in found) return found
    if (found.said !== 'not there') said = found.said
  }
  return { said }
}

function confirmed(found: Found, env: NodeJS.ProcessEnv): Promise<Found> {
  return 'path' in found ? verified(found.path, env) : Promise.resolve(found)
}

const NEEDED = ['--db-filename', '--sqlite-pragma', '--search-attribute', '--dynamic-config-value']

async function verified(path: string, env: NodeJS.ProcessEnv): Promise<Found> {
  try {
    await access(path, constants.X_OK)
  } catch {
    return { said: 'not there' }
  }
  return new Promise((resolve) => {
    execFile(path, ['server', 'start-dev', '--help'], { env, timeout: 20_000 }, (error, stdout) => {
      const lacking = NEEDED.find((flag) => !stdout.includes(flag))
      if (error)
        resolve({ said: `'${path}' does not run 'server start-dev' (${error.code ?? error.signal ?? 'error'})` })
      else if (lacking) resolve({ said: `'${path}' is too old: its 'server start-dev' has no ${lacking}` })
      else resolve({ path })
    })
  })
}
