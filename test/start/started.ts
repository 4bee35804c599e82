import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../cli/temporal-server.ts'

const REPOSITORY = join(import.meta.dirname, '../..')

/** This repository with a state folder and a port of its own. */
export interface StartPlace {
  readonly stateFolder: string
  readonly anneal: (...args: readonly string[]) => Started
  readonly remove: () => Promise<void>
}

export interface Started {
  readonly process: ChildProcess
  readonly said: () => string
  /** Settles once what it said matches. Rejects where it ends before. */
  readonly until: (pattern: RegExp) => Promise<void>
  readonly ended: Promise<number | null>
}

export async function aStartPlace(): Promise<StartPlace> {
  const stateFolder = await mkdtemp(join(REPOSITORY, '.anneal', 'test-start-'))
  const { PATH, HOME, XDG_CACHE_HOME } = process.env
  const env = {
    PATH,
    HOME,
    XDG_CACHE_HOME,
    NO_COLOR: '1',
    ANNEAL_STATE_FOLDER: stateFolder,
    ANNEAL_DEV_PORT: String(await freePort()),
    ANNEAL_DEV_HEADLESS: 'true',
  }
  return {
    stateFolder,
    anneal: (...args) => started(['setup/anneal.mjs', ...args], env),
    remove: () => rm(stateFolder, { recursive: true, force: true }),
  }
}

function started(args: readonly string[], env: NodeJS.ProcessEnv): Started {
  const child = spawn(process.execPath, args, { cwd: REPOSITORY, env, stdio: ['ignore', 'pipe', 'pipe'] })
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
