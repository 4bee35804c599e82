import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from '../../config/settings.ts'
import { decodeEntry, type ChainEntry, type PublishedResult } from '../../store/result-record.ts'

type Place = Pick<Settings, 'stateFolder'>

/** The processes whose program, arguments or current folder are under `folder`; none where there is no `/proc` to tell. */
export function processesUnder(folder: string): readonly number[] {
  if (process.platform !== 'linux') return []
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => factsOf(pid).some((fact) => fact.includes(folder))).map(Number)
}

function factsOf(pid: string): readonly string[] {
  try {
    return [readFileSync(`/proc/${pid}/cmdline`, 'utf8'), readlinkSync(`/proc/${pid}/cwd`)]
  } catch {
    // It has ended since, or is a zombie.
    return []
  }
}

/** What each chain of the store ends in, by result key; without those that move meanwhile. */
export async function chainHeads({ stateFolder }: Place): Promise<ReadonlyMap<string, ChainEntry>> {
  const folder = join(stateFolder, 'store', 'results')
  const heads = new Map<string, { readonly revision: number; readonly path: string }>()
  for (const name of await filesUnder(folder)) {
    const [, key, revision] = /([0-9a-f]{64})\.(\d+)$/.exec(name) ?? []
    if (key === undefined) continue
    if ((heads.get(key)?.revision ?? 0) < Number(revision)) heads.set(key, { revision: Number(revision), path: name })
  }
  return new Map(
    [...heads].flatMap(([key, { path }]) => entryAt(join(folder, path)).map((entry) => [key, entry] as const)),
  )
}

function entryAt(path: string): readonly ChainEntry[] {
  try {
    return [decodeEntry(path, readFileSync(path))]
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** Every published result. Throws where a chain ends in anything else: a claim that nobody holds any more would block. */
export async function publishedResults(place: Place): Promise<readonly PublishedResult[]> {
  const heads = [...(await chainHeads(place))]
  return heads.map(([key, entry]) => {
    if (entry.state === 'result') return entry.result
    throw new Error(`chain ${key}: expected it to end in a result, got ${JSON.stringify(entry)}`)
  })
}

/**
 * Names of the files that are there only while somebody works: temporary ones, records of children, folders of steps,
 * signs of life of claims.
 */
export async function workFiles({ stateFolder }: Place): Promise<readonly string[]> {
  const names = await filesUnder(stateFolder)
  return names.filter((name) => /^store\/tmp\/|~|^work\/(?:children|steps)\/|\.\d+\.\d+$|\.mjs\.\d+$/.test(name))
}

async function filesUnder(folder: string): Promise<readonly string[]> {
  return await readdir(folder, { recursive: true }).catch(() => [])
}
