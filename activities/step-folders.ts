import { lstatSync, readdirSync, renameSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Digest } from '../dsl/plan.ts'
import { ownersName } from './children/abandoned.ts'

/**
 * Where steps work: a folder for each attempt, and gone after it. One that is empty afterwards, as most are, is renamed
 * for the next attempt: a name is cheaper than a folder, and dearly so on ext4 (see `store/twin-files.ts`).
 */
export interface StepFolders {
  /** Of every attempt at a result: its folders start with it. Absolute. */
  stemOf(key: Digest): string
  /** A name that no other attempt has. There is an empty folder of that name, or nothing. */
  take(key: Digest): string
  /** Empties it for the next attempt, or removes it. */
  giveBack(folder: string): Promise<void>
  /** Removes the empty ones. */
  close(): Promise<void>
}

/** As many as work at once, on most machines. */
const MOST_KEPT = 16

/** `parent`: absolute; made with the first step. */
export function stepFolders(parent: string): StepFolders {
  let empty: string[] = []
  const stemOf = (key: Digest): string => join(parent, key.slice(0, 32))
  return {
    stemOf,
    take: (key) => {
      const folder = `${stemOf(key)}~${ownersName()}`
      const kept = empty.pop()
      if (kept !== undefined) renameIfThere(kept, folder)
      return folder
    },
    giveBack: async (folder) => {
      if (empty.length < MOST_KEPT && isAsNew(folder)) empty.push(folder)
      else await rm(folder, { recursive: true, force: true })
    },
    close: async () => {
      const unused = empty
      empty = []
      await Promise.all(unused.map((folder) => rm(folder, { recursive: true, force: true })))
    },
  }
}

/** Whoever needs the folder makes it where it is not there. */
function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch {
    // Removed by hand, or by a step that knew its name.
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
