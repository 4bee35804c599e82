import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { isAlive, ownIdentity, type ProcessIdentity } from '../../store/process-identity.ts'
import { parseIdentity } from '../../config/dev-record.ts'

const ABANDONED_AFTER_MILLIS = 30 * 60_000

/**
 * Runs `work` while no other process of this machine does so under the same `path`. A lock whose owner is gone is
 * taken over. `work` hears whether it had to wait; `waiting` is called once when it has to.
 */
export async function withMachineLock<T>(
  path: string,
  { waiting }: { readonly waiting: () => unknown },
  work: (waited: boolean) => Promise<T>,
): Promise<T> {
  let waited = false
  while (!(await take(path))) {
    if (!waited) waiting()
    waited = true
    await delay(200)
  }
  try {
    return await work(waited)
  } finally {
    await rm(path, { force: true })
  }
}

/** The lock appears with its owner's name in it, since `link` is atomic: there is never one without an owner. */
async function take(path: string): Promise<boolean> {
  const own = `${path}.${randomUUID()}`
  await writeFile(own, JSON.stringify(ownIdentity()))
  try {
    await link(own, path)
    return true
  } catch (error) {
    if (!isExisting(error)) throw error
    await discardIfDead(path)
    return false
  } finally {
    await rm(own, { force: true })
  }
}

async function discardIfDead(path: string): Promise<void> {
  const lock = await readLock(path)
  if (lock === undefined || !abandoned(lock)) return
  const aside = `${path}.${randomUUID()}`
  // Another process may have been quicker; then there is nothing to discard.
  await rename(path, aside).catch(() => {})
  await rm(aside, { force: true })
}

interface Lock {
  /** `undefined` where a power cut left no readable name. */
  readonly owner: ProcessIdentity | undefined
  readonly ageMillis: number
}

function abandoned({ owner, ageMillis }: Lock): boolean {
  const alive = owner !== undefined && isAlive(owner)
  // Nothing can be said about a process of another host that shares the folder but its lock's age.
  return alive === undefined ? ageMillis > ABANDONED_AFTER_MILLIS : !alive
}

async function readLock(path: string): Promise<Lock | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
    return { owner: parseIdentity(text), ageMillis: Date.now() - mtimeMs }
  } catch {
    // Released in between: the caller tries to take it.
    return undefined
  }
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}
