import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from './measure.ts'

/** What a new file costs on ext4 at most where nothing was removed of late; up to twenty times as much where it was. */
const QUIET_MILLIS = 0.15
/** ext4 passes over each freed inode for five minutes, one by one, whenever a file is made (`recently_deleted` in fs/ext4/ialloc.c). */
const LONGEST_MILLIS = 330_000
/** About as many as a case makes: each new one is looked for behind those before, and meets more freed ones. */
const FILES = 6000
/** The last ones are those that count. */
const COUNTED = 100

/**
 * Waits until files are made in `folder` as quickly as on a machine that nobody has just removed thousands of files from,
 * such as a bench of before or tests; no longer than that can take. Leaves empty files there.
 */
export async function settledDisk(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const begun = performance.now()
  for (let round = 0; newFileMillis(folder, round) > QUIET_MILLIS; round += 1) {
    if (performance.now() - begun > LONGEST_MILLIS) return
    if (round === 0) process.stderr.write('waiting for the file system to forget what was removed of late …\n')
    await sleep(15_000)
  }
}

function newFileMillis(folder: string, round: number): number {
  const taken = Array.from({ length: FILES }, (_, file) => {
    const begun = performance.now()
    closeSync(openSync(join(folder, `${round}-${file}`), 'wx'))
    return performance.now() - begun
  })
  return median(taken.slice(-COUNTED))
}
