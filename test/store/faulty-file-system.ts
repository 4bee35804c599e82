import { rmSync, truncateSync } from 'node:fs'
import { dirname } from 'node:path'
import type { FileSystem, OpenFile } from '../../store/file-system.ts'

/**
 * `kill`: the process dies before the call. `stop`: the same without a process: no call has an effect any more. `cut`: the power goes before the call, and all that was not synced is lost.
 * `short`: a write or read does one byte. `EIO`, `ENOSPC`: the call fails; `EIO after`: it has its effect, then fails.
 * `late`: the call takes so long that others do what they want to meanwhile, and may find a name taken.
 */
export type Fault = 'kill' | 'cut' | 'short' | 'EIO' | 'EIO after' | 'ENOSPC' | 'late' | 'stop'

export interface FaultAt {
  readonly at: number
  readonly fault: Fault
  /** What others do while a call is `late`. */
  readonly meanwhile?: () => void
}

export interface FaultyFileSystem extends FileSystem {
  /** Calls so far. */
  calls(): number
  /** Settles at the call of `stop`. */
  readonly stopped: Promise<void>
  /** After `cut`: takes away what a disk may have lost. */
  losePower(): void
}

/** `real` with a fault at its `at`th call, counted from 1, those on open files included. */
export function faultyFileSystem(real: FileSystem, { at, fault, meanwhile }: FaultAt): FaultyFileSystem {
  let count = 0
  const disk = unsyncedDisk()
  let stop: (() => void) | undefined
  const stopped = new Promise<void>((resolve) => (stop = resolve))

  /** Answers what the call throws after its effect, if anything. */
  function enter(): Error | undefined {
    count += 1
    if (fault === 'stop' && count >= at) {
      stop?.()
      throw errno('EIO')
    }
    if (fault === 'cut' && count >= at) throw errno('EIO')
    if (count !== at || fault === 'short') return undefined
    if (fault === 'late') {
      meanwhile?.()
      return undefined
    }
    if (fault === 'kill') process.kill(process.pid, 'SIGKILL')
    if (fault === 'EIO after') return errno('EIO')
    throw errno(fault === 'ENOSPC' ? 'ENOSPC' : 'EIO')
  }

  function call<T>(effect: () => T): T {
    const thrown = enter()
    const answer = effect()
    if (thrown !== undefined) throw thrown
    return answer
  }

  async function calling<T>(effect: () => Promise<T>): Promise<T> {
    const thrown = enter()
    const answer = await effect()
    if (thrown !== undefined) throw thrown
    return answer
  }

  const shortened = (bytes: Uint8Array): Uint8Array =>
    fault === 'short' && count === at ? bytes.subarray(0, 1) : bytes

  function openFile(path: string, file: OpenFile): OpenFile {
    return {
      write: (bytes) => call(() => file.write(shortened(bytes))),
      writeBulk: (bytes) => calling(() => file.writeBulk(shortened(bytes))),
      read: (buffer) => calling(() => file.read(shortened(buffer))),
      sync: () => calling(() => file.sync().then(() => disk.synced(path))),
      close: () => {
        // Whatever close answers, the descriptor is gone.
        try {
          call(() => undefined)
        } finally {
          file.close()
        }
      },
    }
  }

  return {
    calls: () => count,
    stopped,
    losePower: () => disk.lose(),
    open: (path, flags, mode) => {
      let file: OpenFile | undefined
      try {
        return call(() => {
          file = real.open(path, flags, mode)
          if (flags === 'wx') disk.written(path)
          return openFile(path, file)
        })
      } catch (error) {
        file?.close()
        throw error
      }
    },
    link: (existing, path) =>
      call(() => {
        real.link(existing, path)
        disk.linked(existing, path)
      }),
    unlink: (path) =>
      call(() => {
        real.unlink(path)
        disk.unlinked(path)
      }),
    mkdir: (path, options) =>
      call(() => {
        const first = real.mkdir(path, options)
        if (first !== undefined) disk.made(first, path)
        return first
      }),
    readdir: (path, options) => call(() => real.readdir(path, options)),
    stat: (path) => call(() => real.stat(path)),
    readFile: (path) => call(() => real.readFile(path)),
  }
}

interface UnsyncedDisk {
  written(path: string): void
  linked(existing: string, path: string): void
  unlinked(path: string): void
  made(first: string, last: string): void
  synced(path: string): void
  lose(): void
}

/** Keeps which files' bytes and which folders' entries no sync has covered. */
function unsyncedDisk(): UnsyncedDisk {
  const bytes = new Map<string, { readonly names: Set<string> }>()
  const entries = new Set<string>()
  return {
    written: (path) => void bytes.set(path, { names: new Set([path]) }),
    linked: (existing, path) => {
      entries.add(path)
      bytes.get(existing)?.names.add(path)
    },
    unlinked: (path) => {
      entries.delete(path)
      for (const { names } of bytes.values()) names.delete(path)
    },
    made: (first, last) => {
      for (let path = last; path.length >= first.length; path = dirname(path)) entries.add(path)
    },
    synced: (path) => {
      bytes.delete(path)
      for (const entry of entries) if (dirname(entry) === path) entries.delete(entry)
    },
    lose: () => {
      for (const { names } of bytes.values()) for (const name of names) truncateSync(name)
      for (const entry of entries) rmSync(entry, { recursive: true, force: true })
    },
  }
}

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: as the test wants, '/an/absolute/path'`), { code })
}
