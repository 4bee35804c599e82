import { join } from 'node:path'
import { errnoOf } from './errors.ts'
import { discard, writeSmall, type FileSystem } from './file-system.ts'
import { temporaryName } from './temporary-files.ts'

/**
 * Files of equal bytes that are one file under many names. Claims and signs of life are made and removed all the time,
 * and a process's are all alike: a name costs a fifth of a file. It matters most on ext4, which passes over each inode
 * that was freed within the last minute or five, one by one, whenever it looks for a free one (`recently_deleted` in
 * fs/ext4/ialloc.c): with a few thousand of them a new file takes a third of a millisecond.
 */
export interface TwinFiles {
  /** Not durable. Of any number of racing calls for one path exactly one answers `created`. */
  create(path: string, bytes: Uint8Array): 'created' | 'exists'
  /** Removes the files' temporary names; those that were made of them stay. */
  close(): void
}

export interface TwinOptions {
  readonly fs: FileSystem
  /** Absolute; there already. On the file system of the paths. */
  readonly folder: string
  /** Of the files. */
  readonly mode: number
}

/** How many contents are kept at hand: a process claims, shows life and releases. */
const MOST_KEPT = 4

/** Beyond this a file of its own is no dearer. In bytes. */
export const LARGEST_TWIN = 1024

export function twinFiles({ fs, folder, mode }: TwinOptions): TwinFiles {
  const originals = new Map<string, string>()

  function originalOf(content: string, bytes: Uint8Array): string {
    const known = originals.get(content)
    if (known !== undefined) return known
    const original = write(bytes)
    originals.set(content, original)
    const [oldest] = originals.keys()
    if (originals.size > MOST_KEPT && oldest !== undefined) forget(oldest)
    return original
  }

  function write(bytes: Uint8Array): string {
    const path = join(folder, temporaryName())
    const file = fs.open(path, 'wx', mode)
    try {
      try {
        writeSmall(file, bytes)
      } finally {
        file.close()
      }
      return path
    } catch (error) {
      discard(fs, path)
      throw error
    }
  }

  function forget(content: string): void {
    const original = originals.get(content)
    originals.delete(content)
    if (original !== undefined) discard(fs, original)
  }

  function create(path: string, bytes: Uint8Array): 'created' | 'exists' {
    const content = Buffer.from(bytes).toString('latin1')
    for (let attempt = 1; ; attempt += 1) {
      const original = originalOf(content, bytes)
      try {
        fs.link(original, path)
        return 'created'
      } catch (error) {
        const errno = errnoOf(error)
        if (errno === 'EEXIST') return 'exists'
        // Swept or forgotten meanwhile, or out of names: ext4 gives a file 65,000.
        if (attempt > 1 || (errno !== 'ENOENT' && errno !== 'EMLINK')) throw error
        forget(content)
      }
    }
  }

  return {
    create,
    close: () => {
      for (const content of originals.keys()) forget(content)
    },
  }
}
