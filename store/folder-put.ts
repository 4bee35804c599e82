import { createHash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { errnoOf, fromSystemError, StoreError } from './errors.ts'
import { discard, lentPieces, writeAll, type FileSystem, type OpenFile } from './file-system.ts'
import type { FolderSync } from './folder-sync.ts'
import { checkKey } from './object-key.ts'
import type { PutFileOptions, PutOptions } from './object-store.ts'
import { temporaryName } from './temporary-files.ts'
import { LARGEST_TWIN, type TwinFiles } from './twin-files.ts'

/** Nobody writes to an object again. */
export const OBJECT_MODE = 0o444

export interface Folder {
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

/** Where `content` has `bytes`, they are what its `fill` writes. Throws StoreError. */
export async function put(
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
    const outcome = fs.stat(final) !== undefined ? 'exists' : await create(folder, final, content)
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

interface Source extends PutFileOptions {
  readonly fs: FileSystem
  readonly key: string
  readonly path: string
}

/** Throws `source-changed`, `source-unreadable`. */
export async function copyInto(file: OpenFile, { fs, key, path, digest }: Source): Promise<void> {
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
