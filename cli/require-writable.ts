import { constants, existsSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { errnoOf, fromSystemError } from '../store/errors.ts'
import { CliError } from './errors.ts'

/** The state folder and the store can be written, as far as rights and mounts tell. Throws `store`. */
export async function requireWritable({ stateFolder, store }: Settings): Promise<void> {
  // The store is in the state folder by default: what is told first has to be the outer one.
  await expectWritable('state folder', stateFolder)
  await expectWritable('store', store)
}

async function expectWritable(noun: string, folder: string): Promise<void> {
  try {
    await access(nearestExisting(folder), constants.W_OK)
  } catch (cause) {
    throw new CliError('store', {
      message: `${noun} '${folder}' cannot be written`,
      expected: 'write access',
      got: errnoOf(cause) ?? 'an unknown error',
      codes: [fromSystemError(cause, noun).code],
      remedy: 'check owner and mount, or set `store` or `stateFolder` in anneal.config.json to another folder',
      cause,
    })
  }
}

/** What is not there yet is made in the folder above it. */
function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path))
}
