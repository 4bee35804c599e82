import { createHash } from 'node:crypto'
import { basename, dirname, join, resolve } from 'node:path'
import { errnoOf, fromSystemError, StoreError } from './errors.ts'
import {
  lentPieces,
  nodeFileSystem,
  piecesOf,
  removeIfThere,
  writeAll,
  type FileSystem,
  type OpenFile,
} from './file-system.ts'
import { folderSync, type FolderSync } from './folder-sync.ts'
import { checkKey, checkPrefix, TEMPORARY } from './object-key.ts'
import type { ObjectStore, PutFileOptions, PutOptions } from './object-store.ts'
import { sweepTemporaryFiles, temporaryName } from './temporary-files.ts'
import { LARGEST_TWIN, twinFiles, type TwinFiles } from './twin-files.ts'

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
    putIfAbsent: (key, bytes, options) =>
      put(folder, key, { ...options, bytes, fill: (file) => writeAll(file, bytes) }),
    putFileIfAbsent: (key, path, options) =>
      put(folder, key, { ...options, fill: (file) => copyInto(file, { fs, path, key, ...options }) }),
    get: (key) => get(folder, key),
    stream: (key) => stream(folder, key),
    has: (key) => has(folder, key),
    fileOf: (key) => fileOf(folder, key),
    list: (prefix) => list(folder, prefix),
    delete: (key) => remove(folder, key),
    sweepTemporaryFiles: () => sweepTemporaryFiles(fs, temporary).catch(rethrow('store: sweep')),
    close: () => twins.close(),
  }
}

/** Nobody writes to an object again. */
const OBJECT_MODE = 0o444

interface Folder {
  readonly root: string
  readonly temporary: string
  readonly fs: FileSystem
  readonly folders: FolderSync
  readonly twins: TwinFiles
}

interface Put extends PutOptions {
  readonly fill: (file: OpenFile) => Promise<void>
  /** The whole content, where it is in memory. */
  readonly bytes?: Uint8Array
}

async function put(folder: Folder, key: string, { durable = true, ...content }: Put): Promise<'created' | 'exists'> {
  checkKey(key)
  const subject = `store object "${key}": put`
  const final = join(folder.root, key)
  try {
    await folder.folders.ensure(dirname(final), { durable })
    // A look saves writing what is there already; the link decides.
    const there = durable && (await absentAsUndefined(folder.fs.stat(final), subject)) !== undefined
    const outcome = there ? 'exists' : await create(folder, final, { durable, ...content })
    // Also where the object was there before: its writer may not have come so far yet.
    if (durable) await folder.folders.sync(dirname(final))
    return outcome
  } catch (error) {
    throw fromSystemError(error, subject)
  }
}

async function create(folder: Folder, final: string, options: Put): Promise<'created' | 'exists'> {
  const { temporary, fs, folders, twins } = folder
  const { durable, bytes } = options
  const isSmall = bytes !== undefined && bytes.length <= LARGEST_TWIN
  // What may be lost may be found cut short too, so it needs no second file: making it is the one call that decides.
  if (durable === false && !isSmall) return await createInPlace(fs, final, options)
  await folders.ensure(temporary, { durable: false })
  if (durable === false && isSmall) return await twins.create(final, bytes)
  const path = join(temporary, temporaryName())
  await writeNew(fs, path, options)
  return await linkIfAbsent(fs, path, final)
}

async function createInPlace(fs: FileSystem, final: string, options: Put): Promise<'created' | 'exists'> {
  try {
    await writeNew(fs, final, options)
    return 'created'
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return 'exists'
    throw error
  }
}

/** Leaves no file behind when it throws, but the one that another had made. */
async function writeNew(fs: FileSystem, path: string, { durable, fill }: Put): Promise<void> {
  const file = await fs.open(path, 'wx', OBJECT_MODE)
  try {
    try {
      await fill(file)
      if (durable) await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    await discard(fs, path)
    throw error
  }
}

async function linkIfAbsent(fs: FileSystem, temporary: string, final: string): Promise<'created' | 'exists'> {
  try {
    await fs.link(temporary, final)
    return 'created'
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    // NFS may say so of a link of our own whose answer was lost.
    return ((await fs.stat(temporary))?.nlink ?? 0) > 1 ? 'created' : 'exists'
  } finally {
    await discard(fs, temporary)
  }
}

/** A temporary file that cannot be removed is left to the sweep: the put itself stands or falls without it. */
async function discard(fs: FileSystem, path: string): Promise<void> {
  await fs.unlink(path).catch(() => undefined)
}

interface Source extends PutFileOptions {
  readonly fs: FileSystem
  readonly key: string
  readonly path: string
}

async function copyInto(file: OpenFile, { fs, key, path, digest }: Source): Promise<void> {
  const hash = createHash('sha256')
  for await (const piece of sourcePieces(fs, path)) {
    hash.update(piece)
    await writeAll(file, piece)
  }
  const got = hash.digest('hex')
  if (digest === undefined || digest === got) return
  throw new StoreError(
    'source-changed',
    `store object "${key}": expected "${basename(path)}" to have sha256 ${digest}, got ${got}; keep the file as it is until it is stored`,
  )
}

async function* sourcePieces(fs: FileSystem, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* lentPieces(await fs.open(path, 'r'))
  } catch (error) {
    const got = errnoOf(error) ?? 'an unknown error'
    throw new StoreError('source-unreadable', `file "${basename(path)}": expected a readable file, got ${got}`)
  }
}

async function get({ root, fs }: Folder, key: string): Promise<Uint8Array | undefined> {
  checkKey(key)
  return await absentAsUndefined(fs.readFile(join(root, key)), `store object "${key}": get`)
}

async function stream({ root, fs }: Folder, key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
  checkKey(key)
  const file = await absentAsUndefined(fs.open(join(root, key), 'r'), `store object "${key}": get`)
  return file && piecesOf(file)
}

async function has({ root, fs }: Folder, key: string): Promise<boolean> {
  checkKey(key)
  return (await absentAsUndefined(fs.stat(join(root, key)), `store object "${key}": look up`)) !== undefined
}

function fileOf({ root }: Folder, key: string): string {
  checkKey(key)
  return join(root, key)
}

async function list({ root, fs }: Folder, prefix: string): Promise<readonly string[]> {
  checkPrefix(prefix)
  const parent = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const reading = fs.readdir(join(root, parent), { withFileTypes: true })
  const entries = (await absentAsUndefined(reading, `store prefix "${prefix}": list`)) ?? []
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => parent + entry.name)
    .filter((key) => key.startsWith(prefix))
    .toSorted()
}

async function remove({ root, fs }: Folder, key: string): Promise<void> {
  checkKey(key)
  await removeIfThere(fs, join(root, key)).catch(rethrow(`store object "${key}": delete`))
}

async function absentAsUndefined<T>(reading: Promise<T>, subject: string): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    // ENOTDIR: a part of the key is itself an object.
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined
    throw fromSystemError(error, subject)
  }
}

function rethrow(subject: string): (error: unknown) => never {
  return (error) => {
    throw fromSystemError(error, subject)
  }
}
