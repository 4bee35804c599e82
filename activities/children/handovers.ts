import type { Child } from './child.ts'

/** About what starting a child costs, and the first call of a child that has just started. */
const PATIENCE_MILLIS = 120

interface Wait {
  /** How many calls of the unit had been served when this one last looked. */
  seen: number
  readonly take: (child: Child | undefined) => void
}

interface Line {
  /** First come, first served. */
  waits: Wait[]
  served: number
}

/** Calls that wait for a busy child of their unit rather than have one started. */
export class Handovers {
  readonly #lines = new Map<string, Line>()

  /** The next child of the unit that comes free; `undefined` once none did for a while: its calls are long. */
  wait(key: string): Promise<Child | undefined> {
    const line = this.#lines.get(key) ?? { waits: [], served: 0 }
    this.#lines.set(key, line)
    return new Promise((resolve) => {
      const wait: Wait = { seen: line.served, take: settle }
      const patience = setInterval(() => {
        if (wait.seen === line.served) settle(undefined)
        wait.seen = line.served
      }, PATIENCE_MILLIS)
      function settle(child: Child | undefined): void {
        clearInterval(patience)
        line.waits = line.waits.filter((one) => one !== wait)
        resolve(child)
      }
      line.waits.push(wait)
    })
  }

  /** Whether anybody waited for a child of the unit; the first one has it then. */
  offer(key: string, child: Child): boolean {
    const line = this.#lines.get(key)
    const first = line?.waits[0]
    if (line === undefined || first === undefined) return false
    line.served += 1
    first.take(child)
    return true
  }
}
