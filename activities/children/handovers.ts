import { availableParallelism } from 'node:os'
import type { Child } from './child.ts'

/** About what starting a child costs. */
const PATIENCE_MILLIS = 120
const CORES = availableParallelism()
/** Of all processors' time: where children want as much, one more has only what it takes from them. */
const SHARE_AT_WORK = 0.75

/** The children that serve a unit. */
export interface Serving {
  /** How many, those that load it included. */
  readonly count: () => number
  readonly isLoading: () => boolean
  /** How long those that live have run, or could have, since they began. */
  readonly demandMillis: () => number
}

type Take = (child: Child | undefined) => void

interface Line {
  readonly serving: Serving
  /** First come, first served. */
  readonly waits: Take[]
  readonly timer: NodeJS.Timeout
  look?: NodeJS.Immediate
  /** Whether a child came free since the last look. */
  served: boolean
  /** What it wanted at the last look, if that found nobody served. */
  at?: Demand | undefined
}

interface Demand {
  readonly millis: number
  readonly demandMillis: number
}

/**
 * Calls that wait for a busy child of their unit rather than have one started. They have more started, as many as there
 * are, where none came free from one look to the next and those that serve wait themselves: more of them would only share
 * the processors.
 */
export class Handovers {
  readonly #lines = new Map<string, Line>()

  /** The next child of the unit that comes free; `undefined`: another one is of use. */
  wait(key: string, serving: Serving): Promise<Child | undefined> {
    const line = this.#lines.get(key) ?? this.#begin(key, serving)
    return new Promise((resolve) => line.waits.push(resolve))
  }

  /** Whether anybody waited for a child of the unit; the first one has it then. */
  offer(key: string, child: Child): boolean {
    const line = this.#lines.get(key)
    if (line === undefined) return false
    line.served = true
    this.#settle(key, line, [child])
    return true
  }

  #begin(key: string, serving: Serving): Line {
    // Where this process itself was held up, the timer is due before the answers that have come meanwhile are read.
    const timer = setInterval(() => (line.look = setImmediate(() => this.#look(key, line))), PATIENCE_MILLIS)
    const line: Line = { serving, waits: [], timer, served: false }
    this.#lines.set(key, line)
    return line
  }

  #look(key: string, line: Line): void {
    const { serving, served, at: before } = line
    line.served = false
    // To ask the system costs as much as a short call, so a busy line never does.
    line.at = served || serving.isLoading() ? undefined : nowOf(serving)
    if (line.at === undefined || before === undefined) return
    const wanted = line.at.demandMillis - before.demandMillis
    if (wanted >= (line.at.millis - before.millis) * CORES * SHARE_AT_WORK) return
    const more = Math.min(line.waits.length, serving.count())
    this.#settle(
      key,
      line,
      Array.from({ length: Math.max(1, more) }, () => undefined),
    )
  }

  #settle(key: string, line: Line, children: readonly (Child | undefined)[]): void {
    for (const child of children) line.waits.shift()?.(child)
    if (line.waits.length > 0) return
    clearInterval(line.timer)
    clearImmediate(line.look)
    this.#lines.delete(key)
  }
}

function nowOf({ demandMillis }: Serving): Demand {
  return { millis: performance.now(), demandMillis: demandMillis() }
}
