import { join, resolve } from 'node:path'
import { errnoOf, fromSystemError } from './errors.ts'
import { nodeFileSystem, piecesOf, readBulk, removeIfThere, SMALL, type FileSystem, writeAll } from './file-system.ts'
import { copyInto, OBJECT_MODE, put, type Folder } from './folder-put.ts'
import { folderSync } from './folder-sync.ts'
import { checkKey, checkPrefix, TEMPORARY } from './object-key.ts'
import type { ObjectStore } from './object-store.ts'
import { sweepTemporaryFiles } from './temporary-files.ts'
import { twinFiles } from './twin-files.ts'

export interface FolderStore extends ObjectStore {
  /** Removes what dead writers left half-written; answers how many files. Objects are never touched. */
  sweepTemporaryFiles(): Promise<number>
}

/**
 * An object store in a folder of a local disk or NFSv4; the folder is made when first written to.
 * An object is written to a file under `tmp/`, synced, and then linked to its name: `link` is the one call that
 * refuses a taken name and never shows half a file, wherever the process or the power is cut.
 */
export function folderStore(root: string, fs: FileSystem = nodeFileSystem): FolderStore {
  const temporary = join(resolve(root), TEMPORARY)
  const twins = twinFiles({ fs, folder: temporary, mode: OBJECT_MODE })
  const folder: Folder = { root: resolve(root), temporary, fs, folders: folderSync(fs, resolve(root)), twins }
  return {
    putIfAbsent: (key, bytes, options) => put(folder, key, { bytes, fill: (file) => writeAll(file, bytes) }, options),
    putFileIfAbsent: (key, path, options) =>
      put(folder, key, { fill: (file) => copyInto(file, { fs, path, key, ...options }) }, options),
    get: (key) => get(folder, key),
    stream: async (key) => stream(folder, key),
    has: async (key) => has(folder, key),
    fileOf: (key) => fileOf(folder, key),
    list: async (prefix) => list(folder, prefix),
    delete: async (key) => remove(folder, key),
    sweepTemporaryFiles: async () => told('store: sweep', () => sweepTemporaryFiles(fs, temporary)),
    close: async () => twins.close(),
  }
}

async function get({ root, fs }: Folder, key: string): Promise<Uint8Array | undefined> {
  checkKey(key)
  const path = join(root, key)
  const subject = `store object "${key}": get`
  const found = ifThere(subject, () => fs.stat(path))
  if (found === undefined) return undefined
  if (found.size <= SMALL) return ifThere(subject, () => fs.readFile(path))
  const file = ifThere(subject, () => fs.open(path, 'r'))
  try {
    return file && (await readBulk(file, found.size))
  } catch (error) {
    throw fromSystemError(error, subject)
  }
}

function stream({ root, fs }: Folder, key: string): AsyncIterable<Uint8Array> | undefined {
  checkKey(key)
  const file = ifThere(`store object "${key}": get`, () => fs.open(join(root, key), 'r'))
  return file && piecesOf(file)
}

function has({ root, fs }: Folder, key: string): boolean {
  checkKey(key)
  return ifThere(`store object "${key}": look up`, () => fs.stat(join(root, key))) !== undefined
}

function fileOf({ root }: Folder, key: string): string {
  checkKey(key)
  return join(root, key)
}

function list({ root, fs }: Folder, prefix: string): readonly string[] {
  checkPrefix(prefix)
  const parent = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const read = () => fs.readdir(join(root, parent), { withFileTypes: true })
  const entries = ifThere(`store prefix "${prefix}": list`, read) ?? []
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => parent + entry.name)
    .filter((key) => key.startsWith(prefix))
    .toSorted()
}

function remove({ root, fs }: Folder, key: string): void {
  checkKey(key)
  told(`store object "${key}": delete`, () => removeIfThere(fs, join(root, key)))
}

function ifThere<T>(subject: string, look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    // ENOTDIR: a part of the key is itself an object.
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined
    throw fromSystemError(error, subject)
  }
}

function told<T>(subject: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw fromSystemError(error, subject)
  }
}
