import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isAlive, ownIdentity } from '../../store/process-identity.ts'

/** Where this process builds what is to be renamed to `target`. */
export function buildName(target: string): string {
  const { host, pid, startedAt } = ownIdentity()
  // Python refuses an environment whose path holds the separator of PATH.
  return [target, host.replaceAll(':', '+'), pid, startedAt].join('~')
}

/** What processes of this machine that are gone have left of building `target`. */
export async function abandonedBuilds(target: string): Promise<readonly string[]> {
  const folder = dirname(target)
  return (await readdir(folder)).filter((name) => isAbandoned(name, basename(target))).map((name) => join(folder, name))
}

function isAbandoned(name: string, target: string): boolean {
  const [of, host, pid, startedAt] = name.split('~')
  if (of !== target || host === undefined || startedAt === undefined) return false
  return isAlive({ host: host.replaceAll('+', ':'), pid: Number(pid), startedAt }) === false
}
