import * as nodeFs from 'node:fs'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { errnoOf } from './errors.ts'

/**
 * The system calls on which a folder store's crash safety rests, and no others: a test stands between any two of them.
 * Errors are Node's own, with `code` as an errno name.
 */
export interface FileSystem {
  /** Flags as in `fs.open`; `wx` makes a file of mode `mode` and fails with EEXIST where there is one. */
  open(path: string, flags: 'r' | 'wx', mode?: number): Promise<OpenFile>
  /** Gives a file a second name; EEXIST where that name is taken, however many processes race for it. */
  link(existing: string, path: string): Promise<void>
  unlink(path: string): Promise<void>
  mkdir(path: string, options: { readonly recursive: true }): Promise<unknown>
  readdir(path: string, options: { readonly withFileTypes: true }): Promise<readonly FolderEntry[]>
  /** `undefined` where there is nothing: that is asked often, and an error costs ten times as much. */
  stat(path: string): Promise<FileFacts | undefined>
  /** `undefined` as in `stat`; may also fail with ENOENT. */
  readFile(path: string): Promise<Uint8Array | undefined>
}

interface FileFacts {
  readonly nlink: number
  readonly mtimeMs: number
}

interface FolderEntry {
  readonly name: string
  isFile(): boolean
}

export interface OpenFile {
  /** May write or read less than was asked for. */
  write(bytes: Uint8Array, offset: number): Promise<{ readonly bytesWritten: number }>
  read(buffer: Uint8Array): Promise<{ readonly bytesRead: number }>
  sync(): Promise<void>
  close(): Promise<void>
}

/**
 * Node's, with one deviation: calls that touch no more than names and a few kilobytes are made at once. Through the thread
 * pool each costs ten times as much, and a result is a dozen of them. Syncs and bulk reads and writes do not block.
 */
export const nodeFileSystem: FileSystem = {
  open: async (path, flags, mode) => openFile(nodeFs.openSync(path, flags, mode)),
  link: async (existing, path) => nodeFs.linkSync(existing, path),
  unlink: async (path) => nodeFs.unlinkSync(path),
  mkdir: async (path, options) => nodeFs.mkdirSync(path, options),
  readdir: async (path, options) => nodeFs.readdirSync(path, options),
  stat: async (path) => statIfThere(path),
  readFile: async (path) => {
    const found = statIfThere(path)
    return found && (found.size <= SMALL ? nodeFs.readFileSync(path) : readFile(path))
  },
}

function statIfThere(path: string): nodeFs.Stats | undefined {
  return nodeFs.statSync(path, { throwIfNoEntry: false })
}

/** What is written or read at once. */
const SMALL = 64 * 1024
const fsync = promisify(nodeFs.fsync)
const read = promisify(nodeFs.read)
const write = promisify(nodeFs.write)

function openFile(descriptor: number): OpenFile {
  return {
    write: async (bytes, offset) =>
      bytes.length - offset <= SMALL
        ? { bytesWritten: nodeFs.writeSync(descriptor, bytes, offset) }
        : write(descriptor, bytes, offset),
    read: (buffer) => read(descriptor, buffer, 0, buffer.length, null),
    sync: () => fsync(descriptor),
    close: async () => nodeFs.closeSync(descriptor),
  }
}

const PIECE = 256 * 1024

/** Writes all of `bytes` at the file's position, in as many calls as it takes. */
export async function writeAll(file: OpenFile, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, offset)
    offset += bytesWritten
  }
}

export async function removeIfThere(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.unlink(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

/** Reads an open file to its end, in pieces of up to 256 KiB, and closes it. */
export async function* piecesOf(file: OpenFile): AsyncGenerator<Uint8Array> {
  // A buffer of its own for each piece: a consumer may hold on to it.
  yield* pieces(file, () => Buffer.allocUnsafe(PIECE))
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
    await file.close()
  }
}

/** How many bytes it has read: fewer than the buffer holds only at the file's end. */
async function fill(file: OpenFile, buffer: Buffer): Promise<number> {
  for (let filled = 0; filled < buffer.length;) {
    const { bytesRead } = await file.read(buffer.subarray(filled))
    if (bytesRead === 0) return filled
    filled += bytesRead
  }
  return buffer.length
}
