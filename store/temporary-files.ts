import { join } from 'node:path'
import { errnoOf } from './errors.ts'
import { removeIfThere, type FileSystem } from './file-system.ts'
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts'

/** After this long a temporary file of another host is taken for abandoned. A writer that was slower only has to put again. */
const FOREIGN_MAX_AGE_MILLIS = 24 * 60 * 60 * 1000

let counter = 0

/** A name that no other call, process or host uses: `<host>~<pid>~<start>~<counter>`. */
export function temporaryName(): string {
  const { host, pid, startedAt } = ownIdentity()
  counter += 1
  return [host, pid, startedAt, counter].join('~')
}

/** Removes the files of `folder` whose writers are gone; answers how many. */
export async function sweepTemporaryFiles(fs: FileSystem, folder: string): Promise<number> {
  const entries = await fs.readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  })
  let removed = 0
  for (const { name } of entries) {
    const path = join(folder, name)
    if (!(await isAbandoned(fs, path, writerOf(name)))) continue
    await removeIfThere(fs, path)
    removed += 1
  }
  return removed
}

function writerOf(name: string): ProcessIdentity | undefined {
  const [host, pid, startedAt, count] = name.split('~')
  if (host === undefined || pid === undefined || startedAt === undefined || count === undefined) return undefined
  return { host, pid: Number(pid), startedAt }
}

/** Files of unknown and foreign writers are judged by their age, which the file system's clock gives. */
async function isAbandoned(fs: FileSystem, path: string, writer: ProcessIdentity | undefined): Promise<boolean> {
  const alive = writer && isAlive(writer)
  if (alive !== undefined) return !alive
  const found = await fs.stat(path)
  return found !== undefined && Date.now() - found.mtimeMs > FOREIGN_MAX_AGE_MILLIS
}
