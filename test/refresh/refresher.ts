import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { inject } from 'vitest'
import type { Refreshed, RefreshRequest } from '../../activities/monitor/requests.ts'
import { engineProgram } from '../../store/engine-program.ts'
import type { Rig } from '../engine/rig.ts'

/** A worker's engine in a process of its own that does nothing but refresh. */
export interface Refresher {
  readonly pid: number
  /** One after another. Rejects where the process ends before it has answered. */
  readonly ask: (request: RefreshRequest) => Promise<Refreshed>
  /** The signal that ended it; null: it came to its end. */
  readonly ended: Promise<NodeJS.Signals | null>
  readonly close: () => Promise<void>
}

export function aRefresher({ project, queue }: Rig, env: NodeJS.ProcessEnv = {}): Refresher {
  const [command, ...args] = engineProgram('test/refresh/refreshing-program.ts')
  const child = spawn(command, args, {
    cwd: project.root,
    env: {
      ...process.env,
      ANNEAL_STATE_FOLDER: project.stateFolder,
      ANNEAL_QUEUE: queue,
      ANNEAL_LEASE_MILLIS: '2000',
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stderr.on('data', (chunk: Buffer) => appendFileSync(join(project.root, 'workers.log'), chunk))
  // Whoever asks learns that it has died.
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null)
  return {
    pid: child.pid ?? 0,
    ended,
    ask: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`refresh: expected an answer, got the end (${(await ended) ?? 'in order'})`)
      return JSON.parse(value) as Refreshed
    },
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}
