import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { spawnOnLifeline } from './dev/lifeline.ts'
import type { Found } from './temporal-server-binary.ts'

export interface CacheTarget {
  readonly env: NodeJS.ProcessEnv
  readonly report: (line: string) => unknown
  /** Where the binary shall be: it appears there whole or not at all. */
  readonly cached: string
  readonly version: string
}

/** Without a further byte for this long the next way is tried: networks that drop packets answer nothing at all. */
const STALLED_MILLIS = 15_000

// The SDK can only download and start: so it starts a server, which is asked to end as soon as it answers.
const PROGRAM = `
const [folder, version] = process.argv.slice(1)
const { TestWorkflowEnvironment } = require(${JSON.stringify(createRequire(import.meta.url).resolve('@temporalio/testing'))})
const executable = { type: 'cached-download', downloadDir: folder, version: 'v' + version, ttl: '3650 days' }
TestWorkflowEnvironment.createLocal({ server: { executable } }).then((testing) => testing.teardown())
`

/** The official binary by way of the SDK's own downloader, into the cache. */
export async function downloadTemporal({ env, report, cached, version }: CacheTarget): Promise<Found> {
  await mkdir(dirname(dirname(cached)), { recursive: true })
  const folder = await mkdtemp(join(dirname(dirname(cached)), '.download-'))
  report(`temporal server: downloading version ${version}`)
  try {
    let written = ''
    const program = [process.execPath, '-e', PROGRAM, '--', folder, version]
    const download = spawnOnLifeline(program, { env, output: (chunk) => (written += chunk.toString('utf8')) })
    const watch = setInterval(watcher(folder, download.kill), 250)
    const end = await download.ended.finally(() => clearInterval(watch))
    const file = (await readdir(folder)).find((name) => name === `temporal-cli-v${version}`)
    if (file === undefined) return { said: reasonOf(written) ?? `nothing for ${STALLED_MILLIS / 1000} s (${end})` }
    await install(join(folder, file), cached)
    return { path: cached }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Moves a finished binary to its place. Of two that do so at once the later one wins, and both are whole. */
export async function install(file: string, cached: string): Promise<void> {
  await mkdir(dirname(cached), { recursive: true })
  await chmod(file, 0o755)
  await rename(file, cached)
}

/** Calls `stop` once the folder has stopped growing for too long; to be called often. */
function watcher(folder: string, stop: () => void): () => void {
  let seen = -1
  let since = Date.now()
  const judge = (bytes: number): void => {
    if (bytes !== seen) [seen, since] = [bytes, Date.now()]
    if (Date.now() - since > STALLED_MILLIS) stop()
  }
  return () => void bytesIn(folder).then(judge)
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder)
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** The innermost cause that the downloader names, or `undefined` where it named none. */
function reasonOf(written: string): string | undefined {
  const line = written.split('\n').find((each) => each.includes('Error:'))
  return line?.split(': ').slice(-2).join(': ').trim()
}
