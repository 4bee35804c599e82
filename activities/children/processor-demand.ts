import { readdirSync, readFileSync } from 'node:fs'

/**
 * How long a process's threads have run, and how long they could have but had to wait for a processor, in ms together.
 * Of the threads that it has now; 0 where the system does not tell (`/proc/<pid>/task/<tid>/schedstat` of Linux).
 */
export function processorDemandMillisOf(pid: number): number {
  return threadsOf(pid).reduce((sum, thread) => sum + demandMillis(`/proc/${pid}/task/${thread}/schedstat`), 0)
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

/** Nanoseconds on a processor, nanoseconds in its queue, and how often it ran (Documentation/scheduler/sched-stats.rst). */
function demandMillis(path: string): number {
  try {
    const [ran = 0, queued = 0] = readFileSync(path, 'utf8').split(' ').map(Number)
    return (ran + queued) / 1e6
  } catch {
    // Threads end at any time.
    return 0
  }
}
