import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { errnoOf } from './errors.ts'
import { removeIfThere, type FileSystem } from './file-system.ts'
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts'

/** After this long a temporary file of another host is taken for abandoned. A writer that was slower only has to put again. */
const FOREIGN_MAX_AGE_MILLIS = 24 * 60 * 60 * 1000

let counter = 0

/** A name that no other call, thread, process or host uses: `<host>~<pid>~<start>~<thread>-<counter>`. */
export function temporaryName(): string {
  const { host, pid, startedAt } = ownIdentity()
  counter += 1
  return [host, pid, startedAt, `${threadId}-${counter}`].join('~')
}

/** Removes the files of `folder` whose writers are gone; answers how many. */
export function sweepTemporaryFiles(fs: FileSystem, folder: string): number {
  let removed = 0
  for (const { name } of entriesOf(fs, folder)) {
    const path = join(folder, name)
    if (!isAbandoned(fs, path, writerOf(name))) continue
    removeIfThere(fs, path)
    removed += 1
  }
  return removed
}

function entriesOf(fs: FileSystem, folder: string): ReturnType<FileSystem['readdir']> {
  try {
    return fs.readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  }
}

function writerOf(name: string): ProcessIdentity | undefined {
  const [host, pid, startedAt, count] = name.split('~')
  if (host === undefined || pid === undefined || startedAt === undefined || count === undefined) return undefined
  return { host, pid: Number(pid), startedAt }
}

/** Files of unknown and foreign writers are judged by their age, which the file system's clock gives. */
function isAbandoned(fs: FileSystem, path: string, writer: ProcessIdentity | undefined): boolean {
  const alive = writer && isAlive(writer)
  if (alive !== undefined) return !alive
  const found = fs.stat(path)
  return found !== undefined && Date.now() - found.mtimeMs > FOREIGN_MAX_AGE_MILLIS
}
