import { lstatSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ownersName } from './children/abandoned.ts'

/**
 * Where steps work: a folder for each attempt, of which nothing is left after it. One that is empty afterwards, as most
 * are, serves the next attempt: a new folder is dear, above all on ext4 (see `store/twin-files.ts`).
 */
export interface StepFolders {
  /** Absolute, and nobody else's until it is given back. There is an empty folder of that name, or nothing. */
  take(): string
  /** Keeps it for the next attempt, or removes it. */
  giveBack(folder: string): Promise<void> | undefined
  /** Removes the empty ones. */
  close(): Promise<void>
}

/** More than a worker takes steps at once, on most machines. */
const MOST_KEPT = 128

/** `parent`: absolute; made with the first step. */
export function stepFolders(parent: string): StepFolders {
  let empty: string[] = []
  return {
    // Whoever needs the folder makes it where it is not there.
    take: () => empty.pop() ?? join(parent, ownersName()),
    giveBack: (folder) => {
      if (empty.length >= MOST_KEPT || !isAsNew(folder)) return rm(folder, { recursive: true, force: true })
      empty.push(folder)
      return undefined
    },
    close: async () => {
      const unused = empty
      empty = []
      await Promise.all(unused.map((folder) => rm(folder, { recursive: true, force: true })))
    },
  }
}

/** A folder, no link to one, that nobody has put anything in or closed. */
function isAsNew(folder: string): boolean {
  try {
    const found = lstatSync(folder)
    return found.isDirectory() && (found.mode & 0o700) === 0o700 && readdirSync(folder).length === 0
  } catch {
    return false
  }
}
