import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import { type ProjectFolder, projectFolder } from '../pipeline-file/project-folder.ts'
import { engineProgram } from '../../../store/engine-program.ts'

const REPOSITORY = join(import.meta.dirname, '../../..')
const [NODE, ...ANNEAL] = engineProgram('cli/main.ts')

export interface Said {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly process: ChildProcess
  readonly said: Promise<Said>
  /** Settles once stdout or stderr matches; rejects when the process ends before. */
  readonly until: (pattern: RegExp) => Promise<void>
}

/** A project with a command line of its own: a queue and a state folder that no other test has. */
export interface Workplace extends ProjectFolder {
  readonly env: NodeJS.ProcessEnv
  readonly start: (args: readonly string[], env?: NodeJS.ProcessEnv) => Running
  readonly anneal: (args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<Said>
  /** Keys of everything in the store. */
  readonly stored: () => Promise<readonly string[]>
}

export async function workplace(files: Readonly<Record<string, string>>): Promise<Workplace> {
  const folder = await projectFolder(files)
  const { root, stateFolder } = folder.project
  const env = ownEnvironment()
  const start = (args: readonly string[], more: NodeJS.ProcessEnv = {}): Running =>
    startAnneal(args, { cwd: root, env: { ...env, ...more } })
  return {
    ...folder,
    env,
    start,
    anneal: (args, more) => start(args, more).said,
    stored: () => readdir(join(stateFolder, 'store'), { recursive: true }).catch((): string[] => []),
  }
}

/** The test run's Temporal server, and a queue that no other test has. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, XDG_CACHE_HOME } = process.env
  return {
    PATH,
    HOME,
    XDG_CACHE_HOME,
    NO_COLOR: '1',
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    ANNEAL_QUEUE: `cli-${randomUUID().slice(0, 8)}`,
  }
}

/** A worker of this place, which serves until the test is over. */
export async function withWorker<P extends Pick<Workplace, 'start'>>(
  place: P,
  env: NodeJS.ProcessEnv = {},
): Promise<P> {
  const worker = place.start(['worker'], env)
  onTestFinished(async () => {
    worker.process.kill('SIGTERM')
    await worker.said
  })
  await worker.until(/"ready":true/)
  return place
}

/** What differs from run to run and from machine to machine replaced by its name. */
export function normalised(text: string, { project, env }: Workplace): string {
  return text
    .replaceAll(project.root, '<project>')
    .replaceAll(REPOSITORY, '<anneal>')
    .replaceAll(env['ANNEAL_QUEUE'] ?? '', '<queue>')
    .replaceAll(/run:([\w-]+):\d{8}T\d{6}-[0-9a-f]{6}/g, 'run:$1:<cause>')
    .replaceAll(/\b[0-9a-f]{12}\b/g, '<digest>')
    .replaceAll(/\b[0-9a-f]{64}\b/g, '<digest>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
    .replaceAll(/\bport \d+/g, 'port <port>')
    .replaceAll(/\d+\.\d s\b/g, '<seconds> s')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?/g, '<time>')
}

interface Place {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Arguments of Node. Default: those of this repository's command. */
  readonly program?: readonly string[]
}

export function startAnneal(args: readonly string[], { cwd, env, program = ANNEAL }: Place): Running {
  const child = spawn(NODE, [...program, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => (written[name] += chunk.toString('utf8')))
  }
  onTestFinished(({ task }) => {
    // Of a command that never ended nothing else tells what it waited for.
    const isStuck = child.exitCode === null && task.result?.state === 'fail'
    if (isStuck) process.stderr.write(`anneal ${args.join(' ')}: has not ended, said ${JSON.stringify(written)}\n`)
    child.kill('SIGKILL')
  })
  const said = once(child, 'close').then((): Said => ({ code: child.exitCode, ...written }))
  return { process: child, said, until: (pattern) => untilSaid(child, { pattern, written }) }
}

interface Awaited {
  readonly pattern: RegExp
  readonly written: { readonly stdout: string; readonly stderr: string }
}

function untilSaid(child: ChildProcess, { pattern, written }: Awaited): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (pattern.test(`${written.stdout}\n${written.stderr}`)) resolve()
    }
    child.stdout?.on('data', look)
    child.stderr?.on('data', look)
    child.once('close', () =>
      reject(new Error(`expected ${String(pattern)}, got the end after ${JSON.stringify(written)}`)),
    )
    look()
  })
}
