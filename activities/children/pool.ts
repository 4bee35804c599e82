import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { ActivityError } from '../errors.ts'
import { loadChild, type Child } from './child.ts'
import { crashError } from './child-errors.ts'
import { Handovers } from './handovers.ts'
import { startProcess, type ChildProcess, type Command } from './child-process.ts'
import { nodeProgram, PYTHON_PROGRAM } from './child-program.ts'
import { exchange } from './exchange.ts'
import { processorDemandMillisOf } from './processor-demand.ts'
import { findPython } from './system-python.ts'
import type { CodeUnit } from './unit.ts'

export interface ChildPoolOptions {
  /** Absolute; made if it is not there. Holds the program of the children and a record of each (see `orphans.ts`). */
  readonly folder: string
  /** Warm children that wait for another call of their unit; of more than that the least recently used one is ended. */
  readonly maxIdle: number
  /** Heap of a Node child, in MiB. A call's own limit is `memoryMib`. Default 8192. */
  readonly heapMib?: number
}

const CORES = availableParallelism()

/**
 * Processes that run user code, each for one unit. A child that waits serves the next call of its unit in well under a
 * millisecond; one blank Node child waits for the next unknown unit, so that its first call costs only the import.
 */
export class ChildPool {
  readonly #options: Required<ChildPoolOptions>
  /** Least recently used first. */
  #idle: { readonly key: string; readonly child: Child; readonly process: ChildProcess }[] = []
  readonly #living = new Set<ChildProcess>()
  /** Those that are about to live. */
  readonly #starting = new Set<Promise<unknown>>()
  /** The children of each unit: those that live, and how many load it. */
  readonly #serving = new Map<string, { loading: number; readonly living: Set<ChildProcess> }>()
  readonly #handovers = new Handovers()
  readonly #warming = new Map<string, Promise<unknown>>()
  #blank: Promise<ChildProcess> | undefined
  #python: Promise<string> | undefined
  #closed = false

  constructor(options: ChildPoolOptions) {
    this.#options = { heapMib: 8192, ...options }
    mkdirSync(options.folder, { recursive: true })
  }

  /** Starts the blank child. Without it the first call pays for that. */
  async prepare(): Promise<void> {
    await this.#keepBlank()
  }

  /** A child that has loaded `unit`; it is the caller's alone until released. Throws `task-not-loadable`, `task-crashed`, `python-missing`. */
  acquire(unit: CodeUnit): Promise<Child> {
    const key = keyOf(unit)
    const warming = this.#warming.get(key)
    return warming === undefined ? this.#acquire(unit, key) : warming.then(() => this.#acquire(unit, key))
  }

  /**
   * Has as many children load `unit` before its first call, unless some have. Never rejects: what is wrong with a unit is
   * told when it is called.
   */
  async warm(unit: CodeUnit, children = 1): Promise<void> {
    const key = keyOf(unit)
    if (this.#servingOf(key) > 0) return
    const load = async (): Promise<void> => (await this.#acquire(unit, key)).release()
    const loads = Array.from({ length: Math.min(children, CORES) }, load)
    const warming = Promise.allSettled(loads).finally(() => this.#warming.delete(key))
    this.#warming.set(key, warming)
    await warming
  }

  async #acquire(unit: CodeUnit, key: string): Promise<Child> {
    const idle = this.#takeIdle(key)
    if (idle !== undefined) return idle
    // Where a child a core serves the unit already, one of them is worth a wait: starting another costs more than many
    // short calls. Nothing may come between the look and the count of those that load: calls come many at once.
    const warm = this.#servingOf(key) < CORES ? undefined : await this.#handedOver(key)
    if (warm !== undefined) return warm
    const serving = this.#serving.get(key) ?? { loading: 0, living: new Set() }
    this.#serving.set(key, serving)
    serving.loading += 1
    try {
      const { child, process } = await this.#startFor(unit, key)
      serving.living.add(process)
      void process.exited.then(() => this.#left(key, process))
      return child
    } finally {
      serving.loading -= 1
      this.#left(key)
    }
  }

  async #startFor(unit: CodeUnit, key: string): Promise<{ readonly child: Child; readonly process: ChildProcess }> {
    const process = await (unit.language === 'typescript' ? this.#takeBlank() : this.#startPython(unit))
    const child = await loadChild(process, unit, (released) => this.#putBack({ key, child: released, process }))
    if (unit.language === 'typescript') void this.#keepBlank()
    return { child, process }
  }

  #takeIdle(key: string): Child | undefined {
    const warm = this.#idle.findLast((one) => one.key === key && one.process.isAlive())
    if (warm !== undefined) this.#idle = this.#idle.filter((one) => one !== warm)
    return warm?.child
  }

  #handedOver(key: string): Promise<Child | undefined> {
    return this.#handovers.wait(key, {
      count: () => this.#servingOf(key),
      isLoading: () => (this.#serving.get(key)?.loading ?? 0) > 0,
      demandMillis: () => demandOf(this.#serving.get(key)?.living ?? []),
    })
  }

  #servingOf(key: string): number {
    const { loading = 0, living } = this.#serving.get(key) ?? {}
    return loading + (living?.size ?? 0)
  }

  /** Forgets a child that is gone, and a unit that has none. */
  #left(key: string, process?: ChildProcess): void {
    if (process !== undefined) this.#serving.get(key)?.living.delete(process)
    if (this.#servingOf(key) === 0) this.#serving.delete(key)
  }

  /** The processes that live, warm ones included. */
  pids(): readonly number[] {
    return [...this.#living].map(({ identity }) => identity.pid)
  }

  /** Ends all children, those at work and those that are being started too. None is started afterwards. */
  async close(): Promise<void> {
    this.#closed = true
    // A child that nobody listens to keeps no event loop alive, and its record goes only once its end is heard.
    const awake = setInterval(() => undefined, 1000)
    await Promise.allSettled(this.#starting)
    for (const process of this.#living) process.kill()
    await Promise.all([...this.#living].map((process) => process.exited))
    clearInterval(awake)
  }

  #putBack(idle: { readonly key: string; readonly child: Child; readonly process: ChildProcess }): void {
    if (this.#closed) return idle.process.kill()
    if (idle.process.isAlive() && this.#handovers.offer(idle.key, idle.child)) return
    this.#idle = [...this.#idle.filter((one) => one.process.isAlive()), idle]
    while (this.#idle.length > this.#options.maxIdle) this.#idle.shift()?.process.kill()
  }

  async #takeBlank(): Promise<ChildProcess> {
    const blank = this.#blank
    this.#blank = undefined
    const waiting = await blank?.catch(() => undefined)
    return waiting?.isAlive() === true ? waiting : this.#startNode()
  }

  async #keepBlank(): Promise<void> {
    if (this.#closed) return
    this.#blank ??= this.#startNode()
    // Whoever takes it tries again.
    await this.#blank.catch(() => undefined)
  }

  async #startNode(): Promise<ChildProcess> {
    const { folder, heapMib } = this.#options
    const args = [`--max-old-space-size=${heapMib}`, await nodeProgram(folder)]
    return this.#start({ program: process.execPath, args, environment: {}, folder })
  }

  async #startPython({ python }: Extract<CodeUnit, { readonly language: 'python' }>): Promise<ChildProcess> {
    // -S: without site-packages. -s and -P would do for the rest, but an environment's packages come with `site`.
    const args = ['-s', '-B', '-u', ...(python === undefined ? ['-S'] : []), PYTHON_PROGRAM]
    const gpus = process.env['CUDA_VISIBLE_DEVICES']
    // Sets of strings have the same order in every process.
    const environment = { PYTHONHASHSEED: '0', ...(gpus !== undefined && { CUDA_VISIBLE_DEVICES: gpus }) }
    const program = python ?? (await this.#systemPython())
    return this.#start({ program, args, environment, folder: this.#options.folder })
  }

  async #systemPython(): Promise<string> {
    // One that was found stays; one that was missing may be installed meanwhile.
    this.#python ??= findPython()
      .then(({ executable }) => executable)
      .catch((error: unknown) => {
        this.#python = undefined
        throw error
      })
    return this.#python
  }

  async #start(command: Command): Promise<ChildProcess> {
    if (this.#closed) throw new ActivityError('task-crashed', { message: CLOSED, retry: true })
    const starting = this.#live(command)
    this.#starting.add(starting)
    const started = await starting.finally(() => this.#starting.delete(starting))
    const printed: string[] = []
    const outcome = await exchange(started, undefined, { log: ({ text }) => printed.push(text) })
    if (outcome.type === 'exited') throw crashError('child process', outcome.exit, printed)
    return started
  }

  async #live(command: Command): Promise<ChildProcess> {
    const started = await startProcess(command)
    this.#living.add(started)
    void started.exited.then(() => this.#living.delete(started))
    return started
  }
}

const CLOSED = 'child process: expected a worker that goes on, got one that ends; another one takes over'

function demandOf(processes: Iterable<ChildProcess>): number {
  return [...processes].reduce((sum, { identity }) => sum + processorDemandMillisOf(identity.pid), 0)
}

function keyOf(unit: CodeUnit): string {
  return unit.language === 'python' ? [unit.digest, unit.script, unit.python].join(':') : unit.digest
}
