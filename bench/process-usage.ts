import { readdirSync, readFileSync } from 'node:fs'

/** The kernel's unit of CPU time: 1/100 s on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** CPU seconds, user and system, of a process, those of its descendants that it has waited for, and those that live. */
export function cpuSecondsOf(pid: number): number {
  return statOf(pid).seconds + childrenOf(pid).reduce((sum, child) => sum + cpuSecondsOf(child), 0)
}

/** CPU seconds of the processes that this one has started and waited for, with theirs. */
export function cpuSecondsOfEnded(): number {
  return statOf(process.pid).endedSeconds
}

/** The most memory that a process has had in use at once, in MiB. */
export function peakMibOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => statOf(one).parent === pid)
}

interface Stat {
  readonly parent: number
  readonly seconds: number
  readonly endedSeconds: number
}

/** Of `/proc/<pid>/stat`, whose second field may hold anything but ends at the last bracket. Zeros for what has ended. */
function statOf(pid: number): Stat {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const end = text.lastIndexOf(')')
    const fields = text
      .slice(end + 2)
      .split(' ')
      .map(Number)
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15)
    const endedSeconds = (endedUser + endedSystem) / TICKS_PER_SECOND
    return {
      parent: fields[1] ?? 0,
      seconds: (user + system) / TICKS_PER_SECOND + endedSeconds,
      endedSeconds,
    }
  } catch {
    return { parent: 0, seconds: 0, endedSeconds: 0 }
  }
}
