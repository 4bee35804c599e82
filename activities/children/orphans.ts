import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { identityOf, isAlive } from '../../store/process-identity.ts'
import { removeAbandoned } from './abandoned.ts'
import { recordsFolder, type ChildRecord } from './child-record.ts'

/** A killed process that is still there after this long waits for a device; it cannot be waited for. */
const LONGEST_DEATH_MILLIS = 5000
const POLL_MILLIS = 5

const identity = z.object({ host: z.string(), pid: z.int().positive(), startedAt: z.string() })
const recordSchema: z.ZodType<ChildRecord> = z.object({
  child: identity,
  worker: identity,
  call: z.object({ key: z.string(), workFolder: z.string() }).exactOptional(),
})

/**
 * Ends the children under `folder` whose worker is dead, and removes what it was working on. Leaves what is of living
 * workers and of other hosts alone. Answers how many were found.
 */
export async function reapOrphans(folder: string): Promise<number> {
  const names = await readdir(recordsFolder(folder)).catch(() => [])
  const reaped = await Promise.all(names.map((name) => reap(join(recordsFolder(folder), name))))
  await Promise.all(['.', 'native', 'steps', 'units'].map((part) => removeAbandoned(join(folder, part))))
  return reaped.filter(Boolean).length
}

/** Ends the children, of any worker on this host, whose latest call is of that key. */
export async function killWorkingOn(folder: string, key: string): Promise<void> {
  const names = await readdir(recordsFolder(folder)).catch(() => [])
  const records = await Promise.all(names.map((name) => readRecord(join(recordsFolder(folder), name))))
  for (const record of records) if (record?.call?.key === key) killRecorded(record.child)
}

/** Ends one child and its group if it is still the process of that pid and start. */
function killRecorded(child: { readonly pid: number; readonly startedAt: string }): void {
  if (identityOf(child.pid)?.startedAt === child.startedAt) killGroup(child.pid)
}

/** SIGKILLs a process group; one that is gone is no error. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // macOS says EPERM of a group of zombies.
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error
  }
}

async function reap(path: string): Promise<boolean> {
  const record = await readRecord(path)
  if (record === undefined || isAlive(record.worker) !== false) return false
  killRecorded(record.child)
  await untilGone(record.child)
  if (record.call !== undefined) await rm(record.call.workFolder, { recursive: true, force: true })
  await rm(path, { force: true })
  return true
}

async function readRecord(path: string): Promise<ChildRecord | undefined> {
  try {
    return recordSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data
  } catch {
    // Removed by its worker meanwhile, or left in pieces by a power cut.
    return undefined
  }
}

async function untilGone(child: ChildRecord['child']): Promise<void> {
  const deadline = performance.now() + LONGEST_DEATH_MILLIS
  while (isAlive(child) === true && performance.now() < deadline) await delay(POLL_MILLIS)
}
