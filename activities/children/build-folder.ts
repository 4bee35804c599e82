import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isAlive, ownIdentity } from '../../store/process-identity.ts'

export interface Building {
  /** Relative path of what only a whole folder has. */
  readonly proof: string
  /** Makes the folder, under the name it is given. */
  readonly build: (temporary: string) => Promise<void>
}

/**
 * Makes the folder `target` appear whole or not at all. Whoever builds it at the same time, in this process or another
 * one of this machine, builds aside, and the first one's stays. A folder that is there without its proof is replaced:
 * an interpreter that it links to may have been removed. Throws what `build` throws, unless another was first.
 */
export async function buildFolder(target: string, { proof, build }: Building): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  for (const left of await abandonedBuilds(target)) await rm(left, { recursive: true, force: true })
  const temporary = buildName(target)
  try {
    await build(temporary)
    await putInPlace(temporary, { target, proof })
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    if (!existsSync(join(target, proof))) throw error
  }
}

interface Place {
  readonly target: string
  readonly proof: string
}

async function putInPlace(temporary: string, { target, proof }: Place): Promise<void> {
  if (existsSync(target) && !existsSync(join(target, proof))) await removeBroken({ target, proof })
  // Fails where another one's folder is there.
  await rename(temporary, target)
}

/** Out of the way first: while a large folder is being removed, others would find half of it. */
async function removeBroken({ target, proof }: Place): Promise<void> {
  const aside = buildName(target)
  await rename(target, aside).catch(() => undefined)
  // Another one may have mended it since it was looked at.
  if (existsSync(join(aside, proof))) await rename(aside, target).catch(() => undefined)
  await rm(aside, { recursive: true, force: true })
}

/** A name of its own for each build, also of two in one process. */
function buildName(target: string): string {
  const { host, pid, startedAt } = ownIdentity()
  // Python refuses an environment whose path holds the separator of PATH.
  return [target, host.replaceAll(':', '+'), pid, startedAt, randomUUID().slice(0, 8)].join('~')
}

/** What processes of this machine that are gone have left of building `target`. */
async function abandonedBuilds(target: string): Promise<readonly string[]> {
  const folder = dirname(target)
  return (await readdir(folder)).filter((name) => isAbandoned(name, basename(target))).map((name) => join(folder, name))
}

function isAbandoned(name: string, target: string): boolean {
  const [of, host, pid, startedAt] = name.split('~')
  if (of !== target || host === undefined || startedAt === undefined) return false
  return isAlive({ host: host.replaceAll('+', ':'), pid: Number(pid), startedAt }) === false
}
