import { readOrEmpty, threadsOf } from './proc-files.ts'

/**
 * How long a process's threads have run, and how long they could have but had to wait for a processor, in ms together.
 * Of the threads that it has now; 0 where the system does not tell (`/proc/<pid>/task/<tid>/schedstat` of Linux).
 */
export function processorDemandMillisOf(pid: number): number {
  return threadsOf(pid).reduce((sum, thread) => sum + demandMillis(`/proc/${pid}/task/${thread}/schedstat`), 0)
}

/** Nanoseconds on a processor, nanoseconds in its queue, and how often it ran (Documentation/scheduler/sched-stats.rst). */
function demandMillis(path: string): number {
  const [ran = 0, queued = 0] = readOrEmpty(path).split(' ').map(Number)
  return (ran + queued) / 1e6
}
