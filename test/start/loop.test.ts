import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../cli/temporal-server.ts'
import { audit } from '../../store/audit.ts'
import { monitors } from '../../store/monitors.ts'
import { openStore } from '../../store/open-store.ts'
import { registry } from '../../store/registry.ts'
import { services } from '../../store/services.ts'
import { trusted } from '../../store/signing/keys.ts'
import { verifyAudit } from '../../store/verify-audit.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const NAME = 'flight-delay'

/** Where the loop is killed, in this order; each time it is started again. */
const STAGES = [/✓ features/, /waits for approval|✓ register/, /serving after/, /^2001-04-02 /m] as const

let stateFolder: string
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  stateFolder = await mkdtemp(join(REPOSITORY, '.anneal', 'test-start-'))
  const { PATH, HOME, XDG_CACHE_HOME } = process.env
  const port = String(await freePort())
  env = {
    PATH,
    HOME,
    XDG_CACHE_HOME,
    NO_COLOR: '1',
    ANNEAL_STATE_FOLDER: stateFolder,
    ANNEAL_DEV_PORT: port,
    ANNEAL_DEV_HEADLESS: 'true',
  }
})

afterAll(() => rm(stateFolder, { recursive: true, force: true }))

interface Started {
  readonly process: ChildProcess
  readonly said: () => string
  /** Settles once what it said matches. Rejects where it ends before. */
  readonly until: (pattern: RegExp) => Promise<void>
  readonly ended: Promise<number | null>
}

function start(): Started {
  const child = spawn(process.execPath, ['setup/anneal.mjs', 'start', '--once', '--until', '2001-04-04'], {
    cwd: REPOSITORY,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  let look: (() => void) | undefined
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      look?.()
    })
  }
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return {
    process: child,
    said: () => text,
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        look = () => {
          if (pattern.test(text)) resolve()
        }
        look()
        void ended.then((code) =>
          reject(new Error(`expected ${String(pattern)}, got exit ${code}:\n${text.slice(-4000)}`)),
        )
      }),
  }
}

it('killed with -9 at stage after stage and started again, the loop ends as if nothing had been', async () => {
  for (const stage of STAGES) {
    const started = start()
    await started.until(stage)
    started.process.kill('SIGKILL')
    await started.ended
  }
  const last = start()
  const code = await last.ended
  expect({ code, said: last.said().slice(-4000) }).toMatchObject({ code: 0 })
  const { objects, artifacts } = openStore(join(stateFolder, 'store'))
  const keys = await trusted(join(stateFolder, 'keys'))
  expect(await registry(objects, artifacts).head(NAME)).toBe(1)
  const current = await services(objects).current(NAME, keys)
  expect(current).toMatchObject({ value: { state: { stable: { model: NAME, version: 1 }, candidate: null } } })
  const windows = await monitors(objects).newest(NAME, 100)
  // Event time goes on until all has ended, so a window more may have come.
  expect(windows.slice(0, 3).map(({ end }) => end.slice(0, 10))).toEqual(['2001-04-02', '2001-04-03', '2001-04-04'])
  expect(windows.map(({ number, from }) => [number, Date.parse(from)])).toEqual(
    windows.map((_, index) => [index + 1, Date.parse('2001-04-01') + index * 86_400_000]),
  )
  expect(windows.reduce((sum, { counts }) => sum + counts.answered, 0)).toBeGreaterThan(1000)
  expect((await verifyAudit(objects, { keys })).flatMap(({ faults }) => faults)).toEqual([])
  const decided = await audit(objects).entries(`service:${NAME}`, keys)
  expect(decided.filter(({ entry }) => entry.kind === 'decided')).toHaveLength(1)
}, 900_000)
