import { type ChildProcess, spawn } from 'node:child_process'

export interface LifelineOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Gets everything the process writes. Default: it goes where this process's own output goes. */
  readonly output?: (chunk: Buffer) => void
}

export interface LifelineProcess {
  /** Of the program itself, and of its process group. */
  readonly pid: number
  /** Settles when the program has ended, with how: `exit 1`, `SIGKILL`. */
  readonly ended: Promise<string>
  /** Asks the program to end, and ends its whole group when it has not done so in time (default: 5,000 ms). */
  readonly stop: (graceMillis?: number) => Promise<void>
  /** Ends the whole group at once. */
  readonly kill: () => void
}

// The watcher holds the pipe's reading end. The kernel closes the other end however this process ends, SIGKILL
// included; the watcher then kills the group, which is the program, what it started, and the watcher itself.
// `read` and `kill` are built into the shell, so a PATH without anything on it does no harm.
const WATCH = 'exec 3<&0; (while read -r _; do :; done <&3; kill -9 0) & exec "$@" 3<&- </dev/null'

/**
 * Starts a program in a process group of its own that never outlives this process.
 * `command` is the program and its arguments. A program that cannot be found ends with `exit 127`.
 */
export function spawnOnLifeline(command: readonly string[], options: LifelineOptions = {}): LifelineProcess {
  const out = options.output === undefined ? 'inherit' : 'pipe'
  const child = spawn('/bin/sh', ['-c', WATCH, 'anneal', ...command], {
    detached: true,
    stdio: ['pipe', out, out],
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.env !== undefined && { env: options.env }),
  })
  if (options.output !== undefined) {
    child.stdout?.on('data', options.output)
    child.stderr?.on('data', options.output)
  }
  // Writing never happens; closing the pipe of a group that is gone may answer EPIPE.
  child.stdin?.on('error', () => {})
  const ended = endOf(child, () => child.stdin?.destroy())
  const signal = (name: NodeJS.Signals, whole: boolean): void => signalGroup(child, { name, whole })
  return {
    pid: child.pid ?? 0,
    ended,
    kill: () => signal('SIGKILL', true),
    stop: async (graceMillis = 5000) => {
      signal('SIGTERM', false)
      const deadline = setTimeout(() => signal('SIGKILL', true), graceMillis)
      await ended
      clearTimeout(deadline)
    },
  }
}

function endOf(child: ChildProcess, release: () => void): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      release()
      resolve(error.message)
    })
    child.once('exit', (code, signal) => {
      release()
      resolve(signal ?? `exit ${String(code)}`)
    })
  })
}

function signalGroup(child: ChildProcess, { name, whole }: { name: NodeJS.Signals; whole: boolean }): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(whole ? -child.pid : child.pid, name)
  } catch (error) {
    // The program ended between the check and the signal.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
