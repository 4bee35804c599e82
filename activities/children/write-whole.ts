import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ownersName } from './abandoned.ts'

/**
 * Puts a file of this machine that others may look for at any time: whole or not at all. Its folder is made. Not durable.
 * A process that is killed meanwhile leaves a file that `removeAbandoned` takes away.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const partial = `${path}~${ownersName()}`
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(partial, content)
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}
