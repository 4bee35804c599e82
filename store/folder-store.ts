import { createHash } from 'node:crypto'
import { basename, dirname, join, resolve } from 'node:path'
import { errnoOf, fromSystemError, StoreError } from './errors.ts'
import {
  lentPieces,
  nodeFileSystem,
  piecesOf,
  readBulk,
  removeIfThere,
  SMALL,
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
    putIfAbsent: (key, bytes, options) => put(folder, key, { bytes, fill: (file) => writeAll(file, bytes) }, options),
    putFileIfAbsent: (key, path, options) =>
      put(folder, key, { fill: (file) => copyInto(file, { fs, path, key, ...options }) }, options),
    get: async (key) => get(folder, key),
    stream: async (key) => stream(folder, key),
    has: async (key) => has(folder, key),
    fileOf: (key) => fileOf(folder, key),
    list: async (prefix) => list(folder, prefix),
    delete: async (key) => remove(folder, key),
    sweepTemporaryFiles: async () => told('store: sweep', () => sweepTemporaryFiles(fs, temporary)),
    close: async () => twins.close(),
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

interface Content {
  readonly fill: (file: OpenFile) => Promise<void> | undefined
  /** The whole content, where it is in memory. */
  readonly bytes?: Uint8Array
}

async function put(
  folder: Folder,
  key: string,
  content: Content,
  { durable = true }: PutOptions = {},
): Promise<'created' | 'exists'> {
  checkKey(key)
  const { root, fs, folders } = folder
  const subject = `store object "${key}": put`
  const final = join(root, key)
  const parent = dirname(final)
  try {
    if (!durable) {
      folders.ensure(parent)
      return isTwin(content.bytes) ? twin(folder, final, content.bytes) : await createInPlace(fs, final, content)
    }
    await folders.ensureDurable(parent)
    // A look saves writing what is there already; the link decides.
    const there = ifThere(subject, () => fs.stat(final)) !== undefined
    const outcome = there ? 'exists' : await create(folder, final, content)
    // Also where the object was there before: its writer may not have come so far yet.
    await folders.sync(parent)
    return outcome
  } catch (error) {
    throw fromSystemError(error, subject)
  }
}

async function create(
  { temporary, fs, folders }: Folder,
  final: string,
  { fill }: Content,
): Promise<'created' | 'exists'> {
  folders.ensure(temporary)
  const path = join(temporary, temporaryName())
  await writeNew(fs, path, async (file) => {
    await fill(file)
    await file.sync()
  })
  return linkIfAbsent(fs, path, final)
}

function isTwin(bytes: Uint8Array | undefined): bytes is Uint8Array {
  return bytes !== undefined && bytes.length <= LARGEST_TWIN
}

function twin({ temporary, folders, twins }: Folder, final: string, bytes: Uint8Array): 'created' | 'exists' {
  folders.ensure(temporary)
  return twins.create(final, bytes)
}

/** What may be lost may be found cut short too, so it needs no second file: making it is the one call that decides. */
async function createInPlace(fs: FileSystem, final: string, { fill }: Content): Promise<'created' | 'exists'> {
  try {
    await writeNew(fs, final, fill)
    return 'created'
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return 'exists'
    throw error
  }
}

/** Leaves no file behind when it throws, but the one that another had made. */
async function writeNew(fs: FileSystem, path: string, fill: Content['fill']): Promise<void> {
  const file = fs.open(path, 'wx', OBJECT_MODE)
  try {
    try {
      await fill(file)
    } finally {
      file.close()
    }
  } catch (error) {
    discard(fs, path)
    throw error
  }
}

function linkIfAbsent(fs: FileSystem, temporary: string, final: string): 'created' | 'exists' {
  try {
    fs.link(temporary, final)
    return 'created'
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    // NFS may say so of a link of our own whose answer was lost.
    return (fs.stat(temporary)?.nlink ?? 0) > 1 ? 'created' : 'exists'
  } finally {
    discard(fs, temporary)
  }
}

/** A temporary file that cannot be removed is left to the sweep: the put itself stands or falls without it. */
function discard(fs: FileSystem, path: string): void {
  try {
    fs.unlink(path)
  } catch {
    // As said above.
  }
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
    yield* lentPieces(fs.open(path, 'r'))
  } catch (error) {
    const got = errnoOf(error) ?? 'an unknown error'
    throw new StoreError('source-unreadable', `file "${basename(path)}": expected a readable file, got ${got}`)
  }
}

function get({ root, fs }: Folder, key: string): Uint8Array | Promise<Uint8Array> | undefined {
  checkKey(key)
  const path = join(root, key)
  const subject = `store object "${key}": get`
  const found = ifThere(subject, () => fs.stat(path))
  if (found === undefined) return undefined
  if (found.size <= SMALL) return ifThere(subject, () => fs.readFile(path))
  return readBulk(fs, path, found.size).catch((error: unknown) => {
    throw fromSystemError(error, subject)
  })
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
