import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AUDIT, audit } from './audit.ts'
import { SIGNED_CHAINS } from './audit-heads.ts'
import { errnoOf, fromSystemError, StoreError } from './errors.ts'
import { folderStore } from './folder-store.ts'
import { namedChains } from './named-chains.ts'
import type { ObjectStore } from './object-store.ts'
import type { TrustedKeys } from './signing/dsse.ts'
import { pemOf } from './signing/keys.ts'
import { temporaryName } from './temporary-files.ts'

/** What a folder of exported chains has: another store with nothing else in it, and the keys that were trusted. */
export const EXPORTED = { store: 'store', keys: 'keys' } as const

/**
 * Writes every signed chain to a folder, byte for byte, with the public keys that are trusted here, and each audit chain as
 * `<chain>.jsonl` to be read without anneal. The folder is there whole or not at all: cut off, it leaves no more than
 * `<folder>~…` beside it. Answers how many revisions. Throws `export-refused` where the folder has something already.
 */
export async function exportAudit(objects: ObjectStore, folder: string, keys: TrustedKeys): Promise<number> {
  await refuseFull(folder)
  const partial = `${folder}~${temporaryName().replaceAll(':', '_')}`
  try {
    await mkdir(join(partial, EXPORTED.keys, 'trusted'), { recursive: true, mode: 0o755 })
    const copied = await copyChains(objects, join(partial, EXPORTED.store))
    await writeEntries(objects, { folder: partial, keys })
    for (const [keyId, key] of keys)
      await writeFile(join(partial, EXPORTED.keys, 'trusted', `${keyId.slice(0, 16)}.pub`), pemOf(key), { mode: 0o644 })
    await rm(folder, { recursive: true, force: true })
    await rename(partial, folder)
    return copied
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error instanceof StoreError ? error : fromSystemError(error, 'export of the audit chains')
  }
}

async function refuseFull(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return []
    throw fromSystemError(error, 'folder to export to')
  })
  if (found.length === 0) return
  const message = `folder to export to: expected an empty one, or none, got one with ${found.length} entries; name another`
  throw new StoreError('export-refused', message)
}

async function copyChains(objects: ObjectStore, to: string): Promise<number> {
  await mkdir(to, { recursive: true, mode: 0o755 })
  const copy = folderStore(to)
  let copied = 0
  for (const chains of SIGNED_CHAINS.map((folder) => namedChains(objects, folder))) {
    for (const name of await chains.names()) {
      const head = await chains.chain(name).head()
      for (let number = 1; number <= head; number += 1) {
        const bytes = await objects.get(chains.key(name, number))
        if (bytes === undefined) continue
        await copy.putIfAbsent(chains.key(name, number), bytes, { durable: false })
        copied += 1
      }
    }
  }
  for (const folder of SIGNED_CHAINS)
    for (const name of await namedChains(objects, folder).names()) await namedChains(copy, folder).announce(name)
  await copy.close()
  return copied
}

/** Throws `store-corrupt` where an entry is not as it was signed. */
async function writeEntries(
  objects: ObjectStore,
  { folder, keys }: { readonly folder: string; readonly keys: TrustedKeys },
): Promise<void> {
  const log = audit(objects)
  for (const name of await namedChains(objects, AUDIT).names()) {
    const lines = (await log.entries(name, keys)).map(({ entry }) => `${JSON.stringify(entry)}\n`)
    await writeFile(join(folder, `${name.replaceAll(':', '_')}.jsonl`), lines.join(''))
  }
}
