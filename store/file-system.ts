import * as nodeFs from 'node:fs'
import { promisify } from 'node:util'
import { errnoOf } from './errors.ts'

/**
 * The system calls on which a folder store's crash safety rests, and no others: a test stands between any two of them.
 * Errors are Node's own, with `code` as an errno name.
 *
 * What touches no more than names and a few kilobytes is called at once: through the thread pool each such call costs ten
 * times as much, a promise about as much again, and a result is a dozen of them. Syncs and bulk reads and writes do not block.
 */
export interface FileSystem {
  /** Flags as in `fs.open`; `wx` makes a file of mode `mode` and fails with EEXIST where there is one. */
  open(path: string, flags: 'r' | 'wx', mode?: number): OpenFile
  /** Gives a file a second name; EEXIST where that name is taken, however many processes race for it. */
  link(existing: string, path: string): void
  unlink(path: string): void
  mkdir(path: string, options: { readonly recursive: true }): string | undefined
  readdir(path: string, options: { readonly withFileTypes: true }): readonly FolderEntry[]
  /** `undefined` where there is nothing: that is asked often, and an error costs ten times as much. */
  stat(path: string): FileFacts | undefined
  /** For files of up to 64 KiB. */
  readFile(path: string): Uint8Array
}

interface FileFacts {
  readonly nlink: number
  readonly mtimeMs: number
  /** In bytes. */
  readonly size: number
}

interface FolderEntry {
  readonly name: string
  isFile(): boolean
}

/** May write or read less than it was asked for, and answers how many bytes. */
export interface OpenFile {
  /** For up to 64 KiB. */
  write(bytes: Uint8Array): number
  writeBulk(bytes: Uint8Array): Promise<number>
  read(buffer: Uint8Array): Promise<number>
  sync(): Promise<void>
  close(): void
}

/** What is written or read at once, in bytes. */
export const SMALL = 64 * 1024

export const nodeFileSystem: FileSystem = {
  open: (path, flags, mode) => openFile(nodeFs.openSync(path, flags, mode)),
  link: (existing, path) => nodeFs.linkSync(existing, path),
  unlink: (path) => nodeFs.unlinkSync(path),
  mkdir: (path, options) => nodeFs.mkdirSync(path, options),
  readdir: (path, options) => nodeFs.readdirSync(path, options),
  stat: (path) => nodeFs.statSync(path, { throwIfNoEntry: false }),
  readFile: (path) => nodeFs.readFileSync(path),
}

const fsync = promisify(nodeFs.fsync)
const read = promisify(nodeFs.read)
const write = promisify(nodeFs.write)

function openFile(descriptor: number): OpenFile {
  return {
    write: (bytes) => nodeFs.writeSync(descriptor, bytes),
    writeBulk: async (bytes) => (await write(descriptor, bytes)).bytesWritten,
    read: async (buffer) => (await read(descriptor, buffer, 0, buffer.length, null)).bytesRead,
    sync: () => fsync(descriptor),
    close: () => nodeFs.closeSync(descriptor),
  }
}

const PIECE = 256 * 1024

/** Writes up to 64 KiB at the file's position, in as many calls as it takes. */
export function writeSmall(file: OpenFile, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length;) offset += file.write(bytes.subarray(offset))
}

/** The same for any number of bytes. `undefined`: they are written. */
export function writeAll(file: OpenFile, bytes: Uint8Array): Promise<void> | undefined {
  if (bytes.length > SMALL) return writeBulk(file, bytes)
  writeSmall(file, bytes)
  return undefined
}

async function writeBulk(file: OpenFile, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) offset += await file.writeBulk(bytes.subarray(offset))
}

export function removeIfThere(fs: FileSystem, path: string): void {
  try {
    fs.unlink(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

/** Of a temporary file: one that cannot be removed is left to the sweep. */
export function discard(fs: FileSystem, path: string): void {
  try {
    fs.unlink(path)
  } catch {
    // Gone already, or left as said above.
  }
}

/** Reads an open file to its end, in pieces of up to 256 KiB, and closes it. */
export async function* piecesOf(file: OpenFile): AsyncGenerator<Uint8Array> {
  // A buffer of its own for each piece: a consumer may hold on to it.
  yield* pieces(file, () => Buffer.allocUnsafe(PIECE))
}

/** Reads an open file of `size` bytes, and closes it. */
export async function readBulk(file: OpenFile, size: number): Promise<Uint8Array> {
  try {
    const buffer = Buffer.allocUnsafe(size)
    return buffer.subarray(0, await fill(file, buffer))
  } finally {
    file.close()
  }
}

const spare: Buffer[] = []

/**
 * The same, for one who is done with a piece before asking for the next: all are of one buffer. Buffers of their own are
 * memory outside the heap, for whose sake V8 collects garbage long before the heap is full.
 */
export async function* lentPieces(file: OpenFile): AsyncGenerator<Uint8Array> {
  const buffer = spare.pop() ?? Buffer.allocUnsafe(PIECE)
  try {
    yield* pieces(file, () => buffer)
  } finally {
    spare.push(buffer)
  }
}

async function* pieces(file: OpenFile, bufferFor: () => Buffer): AsyncGenerator<Uint8Array> {
  try {
    while (true) {
      const buffer = bufferFor()
      const filled = await fill(file, buffer)
      if (filled > 0) yield buffer.subarray(0, filled)
      if (filled < buffer.length) return
    }
  } finally {
    file.close()
  }
}

/** How many bytes it has read: fewer than the buffer holds only at the file's end. */
async function fill(file: OpenFile, buffer: Buffer): Promise<number> {
  for (let filled = 0; filled < buffer.length;) {
    const bytesRead = await file.read(buffer.subarray(filled))
    if (bytesRead === 0) return filled
    filled += bytesRead
  }
  return buffer.length
}
