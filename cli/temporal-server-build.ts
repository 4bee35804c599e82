import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { withMachineLock } from './dev/machine-lock.ts'
import { spawnOnLifeline } from './dev/lifeline.ts'
import type { Found } from './temporal-server-binary.ts'
import { type CacheTarget, install } from './temporal-server-download.ts'

const REPORT_EVERY_MILLIS = 5000

/** Builds the binary with Go, into the cache. Several processes that want it at once build it once. */
export async function buildTemporal(target: CacheTarget): Promise<Found> {
  const folder = dirname(dirname(target.cached))
  await mkdir(folder, { recursive: true })
  const lock = join(folder, `${target.version}.lock`)
  const waiting = (): unknown => target.report('temporal server: waiting for another process that is building it')
  return withMachineLock(lock, { waiting }, async (waited) => {
    // Whoever held the lock before has built it.
    if (waited && existsSync(target.cached)) return { path: target.cached }
    return build(target, folder)
  })
}

async function build({ env, report, cached, version }: CacheTarget, folder: string): Promise<Found> {
  const bin = await mkdtemp(join(folder, '.build-'))
  const began = Date.now()
  const progress = (): void => {
    const seconds = Math.round((Date.now() - began) / 1000)
    report(`temporal server: building version ${version} with go, ${seconds} s so far; it takes 3 to 5 minutes, once`)
  }
  const timer = setInterval(progress, REPORT_EVERY_MILLIS)
  try {
    const written: string[] = []
    const command = ['go', 'install', '-ldflags', '-s -w', `github.com/temporalio/cli/cmd/temporal@v${version}`]
    const goEnv = { ...env, GOBIN: bin, GOFLAGS: `${env['GOFLAGS'] ?? ''} -modcacherw`.trim() }
    const go = spawnOnLifeline(command, { env: goEnv, output: (chunk) => written.push(chunk.toString('utf8')) })
    const end = await go.ended
    if (end === 'exit 127') return { said: '`go` is not on the PATH' }
    if (end !== 'exit 0') return { said: `go install: ${end}, ${lastLine(written)}` }
    await install(join(bin, 'temporal'), cached)
    return { path: cached }
  } finally {
    clearInterval(timer)
    await rm(bin, { recursive: true, force: true })
  }
}

function lastLine(written: readonly string[]): string {
  const lines = written.join('').trim().split('\n')
  return `'${(lines.at(-1) ?? '').slice(0, 300)}'`
}
