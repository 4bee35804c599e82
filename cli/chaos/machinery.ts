import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LifelineProcess } from '../dev/lifeline.ts'
import { supervise } from '../dev/supervise.ts'
import { startWorker } from '../dev/worker-process.ts'
import { startTemporalServer } from '../temporal-server.ts'
import type { Place } from './place.ts'

/** A server and a worker that are started again whenever they die, as `anneal dev` does. */
export interface Machinery {
  readonly server: Kept
  readonly worker: Kept
  /** Ends the worker, then the server; asks them first unless `atOnce`. May be called again. */
  readonly stop: (options?: { readonly atOnce?: boolean }) => Promise<void>
}

export interface Kept {
  /** The one that is ready for work; `undefined` while there is none. */
  readonly process: () => LifelineProcess | undefined
  readonly stop: (options?: { readonly atOnce?: boolean }) => Promise<void>
}

/** `binary`: of Temporal's server. Logs lie in the place's folder. */
export async function startMachinery(place: Place, { binary }: { readonly binary: string }): Promise<Machinery> {
  const { folder, port, env, settings } = place
  const log = (name: string) => (text: Buffer | string) => appendFileSync(join(folder, `${name}.log`), text)
  const dbFile = join(folder, 'temporal.db')
  const server = await keep('server', log('server'), (output) => startTemporalServer({ binary, port, dbFile, output }))
  try {
    const worker = await keep('worker', log('worker'), (output) => startWorker({ cwd: settings.root, env, output }))
    return {
      server,
      worker,
      stop: async (options) => {
        await worker.stop(options)
        await server.stop(options)
      },
    }
  } catch (error) {
    await server.stop({ atOnce: true })
    throw error
  }
}

async function keep(
  name: string,
  log: (text: Buffer | string) => void,
  start: (output: (chunk: Buffer) => void) => Promise<LifelineProcess>,
): Promise<Kept> {
  let current: LifelineProcess | undefined
  const { stop } = await supervise({
    name,
    start: () => start(log),
    changed: (process) => (current = process),
    report: (line) => log(`${line}\n`),
  })
  return { process: () => current, stop }
}
