import { setTimeout as delay } from 'node:timers/promises'
import type { LifelineProcess } from './lifeline.ts'

export interface Supervised {
  readonly name: string
  /** Starts it and settles when it is ready for work. */
  readonly start: () => Promise<LifelineProcess>
  /** Hears each process that becomes ready, and `undefined` when it has ended. */
  readonly changed: (process: LifelineProcess | undefined) => void
  readonly report: (line: string) => unknown
}

export interface Supervision {
  /** Ends it for good; it is asked first unless `atOnce`. */
  readonly stop: (options?: { readonly atOnce?: boolean }) => Promise<void>
}

const FIRST_WAIT_MILLIS = 200
const LONGEST_WAIT_MILLIS = 10_000
/** A life this long counts as health: the next wait is short again. */
const HEALTHY_AFTER_MILLIS = 30_000

/** Starts a process and starts it again whenever it ends, after a wait that doubles. Throws what the first start throws. */
export async function supervise(supervised: Supervised): Promise<Supervision> {
  const stopping = new AbortController()
  let current: LifelineProcess | undefined = await supervised.start()
  supervised.changed(current)
  const keeping = keep()
  return {
    stop: async ({ atOnce = false } = {}) => {
      stopping.abort()
      if (atOnce) current?.kill()
      else await current?.stop()
      await keeping
    },
  }

  async function keep(): Promise<void> {
    let wait = FIRST_WAIT_MILLIS
    while (current !== undefined) {
      const began = performance.now()
      const how = await current.ended
      supervised.changed(undefined)
      current = undefined
      if (performance.now() - began > HEALTHY_AFTER_MILLIS) wait = FIRST_WAIT_MILLIS
      if (stopping.signal.aborted) return
      supervised.report(`${supervised.name}: ended (${how}); starting it again in ${wait} ms`)
      ;[current, wait] = await restart(wait)
    }
  }

  async function restart(wait: number): Promise<[LifelineProcess | undefined, number]> {
    for (let pause = wait; ; pause = Math.min(pause * 2, LONGEST_WAIT_MILLIS)) {
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return [undefined, pause]
      const next = await supervised.start().catch((error: unknown) => {
        supervised.report(`${supervised.name}: ${error instanceof Error ? error.message : String(error)}`)
      })
      if (next === undefined) continue
      if (stopping.signal.aborted) next.kill()
      else {
        supervised.changed(next)
        supervised.report(`${supervised.name}: ready again`)
      }
      return [next, Math.min(pause * 2, LONGEST_WAIT_MILLIS)]
    }
  }
}
