import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, type ProcessIdentity } from '../../store/process-identity.ts'
import { temporaryName } from '../../store/temporary-files.ts'

/** A part of a name that no other call, process or host uses, and that says whose it is. No colon: it may stand in lists of paths. */
export function ownersName(): string {
  return temporaryName().replaceAll(':', '_')
}

/** Removes what dead processes of this host left in `folder` under temporary names, or under names that end in `~` and `ownersName`. */
export async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const abandoned = names.filter((name) => {
    const owner = ownerIn(name)
    return owner !== undefined && isAlive(owner) === false
  })
  await Promise.all(abandoned.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}

function ownerIn(name: string): ProcessIdentity | undefined {
  const [host, pid, startedAt, count] = name.split('~').slice(-4)
  if (host === undefined || pid === undefined || startedAt === undefined || count === undefined) return undefined
  return { host: host.replaceAll('_', ':'), pid: Number(pid), startedAt }
}
