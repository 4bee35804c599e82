import type { NodePolicy, Queue } from './plan.ts'
import { type Duration, millisOf } from './units.ts'

/** Such as `'512 MiB'` or `'4 GiB'`. */
export type Memory = `${number} ${'MiB' | 'GiB'}`

/** What one attempt needs. It also picks the worker: any GPU the gpu queue, more than one CPU or 2 GiB the cpu queue. */
export interface Resources {
  /** Default 1. */
  readonly cpus?: number
  /** Default 0. */
  readonly gpus?: number
  /** Resident memory of the child process; it is ended above that. Default '1 GiB'. */
  readonly memory?: Memory
}

/** How a step is run. None of it is part of the result's key: changing it runs nothing again. */
export interface StepPolicy {
  /** Longest life of one attempt. Default '10 minutes'. */
  readonly timeout?: Duration
  /** Attempts in all, the first one included. Default 3. */
  readonly attempts?: number
  /** Wait before the second attempt; doubles each time up to a minute. Default '1 second'. */
  readonly backoff?: Duration
  /** An attempt silent for this long counts as dead. Default '15 seconds'. */
  readonly heartbeat?: Duration
  /** Default: 1 CPU and 1 GiB. */
  readonly resources?: Resources
}

const DEFAULT_POLICY = {
  timeout: '10 minutes',
  attempts: 3,
  backoff: '1 second',
  heartbeat: '15 seconds',
  memory: '1 GiB',
} as const

const CPU_QUEUE_MEMORY_MIB = 2048

/** The policy with every default written out. Durations and sizes that say nothing become NaN: see `check`. */
export function policyOf(policy: StepPolicy): NodePolicy {
  const { timeout, attempts, backoff, heartbeat, memory } = { ...DEFAULT_POLICY, ...policy, ...policy.resources }
  return {
    queue: queueOf(policy.resources ?? {}),
    attempts,
    backoffMillis: millisOf(backoff) ?? Number.NaN,
    timeoutMillis: millisOf(timeout) ?? Number.NaN,
    heartbeatMillis: millisOf(heartbeat) ?? Number.NaN,
    memoryMib: mibOf(memory),
  }
}

/** Mebibytes, or NaN where the text says no size. */
export function mibOf(memory: Memory): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?) (MiB|GiB)$/.exec(memory) ?? []
  return Number(amount) * (unit === 'GiB' ? 1024 : 1)
}

function queueOf({ cpus = 1, gpus = 0, memory = DEFAULT_POLICY.memory }: Resources): Queue {
  if (gpus > 0) return 'gpu'
  return cpus > 1 || mibOf(memory) > CPU_QUEUE_MEMORY_MIB ? 'cpu' : 'light'
}
