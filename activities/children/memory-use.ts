import { readOrEmpty, threadsOf } from './proc-files.ts'

/**
 * Memory that a process and its descendants hold and nobody else can have, in MiB: anonymous and shared memory, without
 * the pages of mapped files, which the system takes back when it needs them. 0 where there is no /proc.
 */
export function memoryMibOf(pid: number): number {
  return memoryWatch(pid)()
}

/** Every so many looks, whoever has been started meanwhile is looked for: that takes ten times as long as the rest. */
const LOOKS = 5

/** The same, to be asked often: a descendant counts from its fifth look on at the latest. */
export function memoryWatch(pid: number): () => number {
  let looks = 0
  let descendants: readonly number[] = []
  return () => {
    if (looks % LOOKS === 0) descendants = descendantsOf(pid)
    looks += 1
    return [pid, ...descendants].reduce((sum, one) => sum + ownMib(one), 0)
  }
}

/** Processes that a process, one of its threads, or one of theirs started and that still run. */
function descendantsOf(pid: number): readonly number[] {
  const children = childrenOf(pid)
  return [...children, ...children.flatMap((child) => descendantsOf(child))]
}

function childrenOf(pid: number): readonly number[] {
  const lists = threadsOf(pid).map((thread) => readOrEmpty(`/proc/${pid}/task/${thread}/children`))
  return lists.join(' ').split(' ').filter(Boolean).map(Number)
}

function ownMib(pid: number): number {
  const status = readOrEmpty(`/proc/${pid}/status`)
  return (kib(status, 'RssAnon') + kib(status, 'RssShmem')) / 1024
}

function kib(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0)
}
