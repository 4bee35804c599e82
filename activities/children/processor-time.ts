import { readFileSync } from 'node:fs'

/** The kernel's unit of processor time: 1/100 s on every Linux that Node runs on. */
const TICK_MILLIS = 10

/**
 * Processor time of a process since it began, user and system, with that of the children that it has waited for, in ms.
 * 0 where there is no /proc, and of a process that is gone.
 */
export function processorMillisOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field, a name in brackets, may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_MILLIS
  } catch {
    return 0
  }
}
