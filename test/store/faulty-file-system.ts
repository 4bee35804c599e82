import { rmSync, truncateSync } from 'node:fs'
import { dirname } from 'node:path'
import type { FileSystem, OpenFile } from '../../store/file-system.ts'

/**
 * `kill`: the process dies before the call. `stop`: the same without a process: nothing is called any more, nor answered. `cut`: the power goes before the call, and all that was not synced is lost.
 * `short`: a write or read does one byte. `EIO`, `ENOSPC`: the call fails; `EIO after`: it has its effect, then fails.
 * `late`: the call takes so long that others do what they want to meanwhile, and may find a name taken.
 */
export type Fault = 'kill' | 'cut' | 'short' | 'EIO' | 'EIO after' | 'ENOSPC' | 'late' | 'stop'

export interface FaultAt {
  readonly at: number
  readonly fault: Fault
  /** What others do while a call is `late`. */
  readonly meanwhile?: () => Promise<void>
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

  async function call<T>(effect: () => Promise<T>): Promise<T> {
    count += 1
    if (fault === 'stop' && count >= at) {
      stop?.()
      return await new Promise<never>(() => {})
    }
    if (fault === 'cut' && count >= at) throw errno('EIO')
    if (count !== at || fault === 'short') return await effect()
    if (fault === 'late') {
      await meanwhile?.()
      return await effect()
    }
    if (fault === 'kill') process.kill(process.pid, 'SIGKILL')
    if (fault === 'EIO after') await effect()
    throw errno(fault === 'ENOSPC' ? 'ENOSPC' : 'EIO')
  }

  const shortened = (bytes: Uint8Array): Uint8Array =>
    fault === 'short' && count === at ? bytes.subarray(0, 1) : bytes

  function openFile(path: string, file: OpenFile): OpenFile {
    return {
      write: (bytes, offset) => call(() => file.write(shortened(bytes.subarray(offset)), 0)),
      read: (buffer) => call(() => file.read(shortened(buffer))),
      sync: () => call(() => file.sync().then(() => disk.synced(path))),
      close: async () => {
        // Whatever close answers, the descriptor is gone.
        try {
          await call(async () => undefined)
        } finally {
          await file.close()
        }
      },
    }
  }

  return {
    calls: () => count,
    stopped,
    losePower: () => disk.lose(),
    open: async (path, flags, mode) => {
      let file: OpenFile | undefined
      try {
        return await call(async () => {
          file = await real.open(path, flags, mode)
          if (flags === 'wx') disk.written(path)
          return openFile(path, file)
        })
      } catch (error) {
        await file?.close()
        throw error
      }
    },
    link: (existing, path) => call(() => real.link(existing, path).then(() => disk.linked(existing, path))),
    unlink: (path) => call(() => real.unlink(path).then(() => disk.unlinked(path))),
    mkdir: (path, options) =>
      call(async () => {
        const first = await real.mkdir(path, options)
        if (typeof first === 'string') disk.made(first, path)
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
