import { readdirSync, readFileSync } from 'node:fs'

/** Ids of a process's threads; none where it is gone, or there is no /proc. */
export function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

/** Processes and threads end at any time. */
export function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
