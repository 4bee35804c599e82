import { CliError } from '../errors.ts'
import { type LifelineProcess, spawnOnLifeline } from './lifeline.ts'
import { engineProgram } from '../../store/engine-program.ts'

export interface WorkerOptions {
  /** Program and arguments. Default: the engine's own worker. */
  readonly command?: readonly string[]
  /** What it is, for errors. Default: 'worker'. */
  readonly name?: 'worker' | 'gateway'
  /** The project. */
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly output: (chunk: Buffer) => void
}

const READY_WITHIN_MILLIS = 60_000
/** Time to finish or hand back what it does. */
export const WORKER_GRACE_MILLIS = 10_000

/**
 * Starts a worker, or a gateway, and answers when it has said `"ready":true` on a line of its own. It dies with this
 * process. Throws `CliError` `worker-failed`, `gateway-failed`.
 */
export async function startWorker(options: WorkerOptions): Promise<LifelineProcess> {
  const { cwd, env, output, command = engineWorker(), name = 'worker' } = options
  const lines = new LineReader()
  const worker = spawnOnLifeline(command, {
    cwd,
    env,
    output: (chunk) => {
      lines.add(chunk)
      output(chunk)
    },
  })
  const late = setTimeout(worker.kill, READY_WITHIN_MILLIS)
  const answer = await Promise.race([lines.first(isReady), worker.ended])
  clearTimeout(late)
  if (answer === true) return { ...worker, stop: () => worker.stop(WORKER_GRACE_MILLIS) }
  throw new CliError(`${name}-failed`, {
    message: `${name}: expected it to become ready within ${READY_WITHIN_MILLIS / 1000} s, got its end (${answer})`,
    details: lines.last(),
    remedy: 'read what it wrote above and in its log, then run `anneal doctor`',
  })
}

/**
 * Program and arguments of the engine's own worker. Its heap is small, what is large being in children or in files: threads
 * that help collecting its garbage cost more processor time than they save.
 */
export function engineWorker(): readonly string[] {
  const [node, ...args] = engineProgram('worker/main.ts')
  return [node, '--single-threaded-gc', ...args]
}

function isReady(line: string): boolean {
  if (!line.startsWith('{')) return false
  try {
    const said: unknown = JSON.parse(line)
    return typeof said === 'object' && said !== null && 'ready' in said && said.ready === true
  } catch {
    return false
  }
}

/** Cuts chunks into lines; keeps the last ten, without the frames of a stack, which the log has. */
class LineReader {
  private rest = ''
  private recent: readonly string[] = []
  private hear: (line: string) => void = () => {}

  /** Settles at the first line from here on for which `matches` is true. */
  first(matches: (line: string) => boolean): Promise<true> {
    return new Promise((resolve) => {
      this.hear = (line) => {
        if (matches(line)) resolve(true)
      }
    })
  }

  add(chunk: Buffer): void {
    const lines = (this.rest + chunk.toString('utf8')).split('\n')
    this.rest = (lines.pop() ?? '').slice(-65_536)
    this.recent = [...this.recent, ...lines.filter((line) => !/^\s+at /.test(line))].slice(-10)
    for (const line of lines) this.hear(line)
  }

  last(): readonly string[] {
    return [...this.recent, this.rest].filter((line) => line !== '')
  }
}
