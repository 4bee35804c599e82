import { closeSync, readdirSync, readFileSync } from 'node:fs'

/** The flag in `/proc/<pid>/fdinfo` of what ends with the program: Node sets it on all that it opens. */
const CLOSE_ON_EXEC = 0o2_000_000

/** Closes what the worker itself inherited from whoever started it, and with it this process. Linux only. */
export function closeInherited(): void {
  for (const descriptor of openDescriptors()) if (descriptor > 3 && isInherited(descriptor)) closeSync(descriptor)
}

function openDescriptors(): readonly number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number)
  } catch {
    return []
  }
}

function isInherited(descriptor: number): boolean {
  try {
    const [, flags = '0'] = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? []
    return (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0
  } catch {
    // It was the one that listed them.
    return false
  }
}
