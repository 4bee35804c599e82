import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Digest } from '../../dsl/plan.ts'
import { errnoOf } from '../errors.ts'
import { altered, type Checked, type Fault } from './fault.ts'
import { byCodePoint, type SignedFile } from './signed-files.ts'

export interface FolderCheck {
  readonly files: readonly SignedFile[]
  /** What faults call the folder. */
  readonly shown: string
}

/** Faults of a folder that has to hold these files, byte for byte, and nothing else: no link, no device, no hidden file. */
export async function checkFolder(folder: string, { files, shown }: FolderCheck): Promise<readonly Fault[]> {
  const declared = new Set(files.map(({ name }) => name))
  const strangers = (await namesIn(folder)).filter((name) => !declared.has(name))
  const contents = files.map((file) =>
    contentFault(join(folder, file.name), { ...file, file: `${shown}/${file.name}`, most: file.size }),
  )
  return [
    ...strangers.map((name) => altered(`${shown}/${name}`, { expected: 'no such file', got: 'one' })),
    ...(await Promise.all(contents)).filter((fault) => fault !== undefined),
  ]
}

export interface RegularFile {
  /** For faults. */
  readonly file: string
  /** Bytes. A larger file is not read. */
  readonly most: number
}

/** The bytes of a regular file, not of what a link leads to. */
export function readRegular(path: string, options: RegularFile): Promise<Checked<Uint8Array>> {
  return withRegular(path, options, (handle) => handle.readFile())
}

interface Wanted extends RegularFile {
  readonly digest: Digest
}

async function contentFault(path: string, { digest, ...options }: Wanted): Promise<Fault | undefined> {
  const read = await withRegular(path, options, (handle) => digestOf(handle, options.most))
  if ('fault' in read) return read.fault
  return read.value === digest ? undefined : altered(options.file, { expected: digest, got: read.value })
}

async function digestOf(handle: FileHandle, most: number): Promise<Digest> {
  const hash = createHash('sha256')
  // One byte more than there may be: a file that grows meanwhile has another digest.
  for await (const piece of handle.createReadStream({ autoClose: false, start: 0, end: most })) {
    // Without an encoding a file is read in Buffers.
    hash.update(piece as Buffer)
  }
  return hash.digest('hex')
}

async function withRegular<T>(
  path: string,
  { file, most }: RegularFile,
  read: (handle: FileHandle) => Promise<T>,
): Promise<Checked<T>> {
  const handle = await openRegular(path)
  if (typeof handle === 'string') return { fault: altered(file, { expected: 'a regular file', got: handle }) }
  try {
    const { size } = await handle.stat()
    if (size > most) return { fault: altered(file, { expected: `at most ${most} bytes`, got: `${size}` }) }
    return { value: await read(handle) }
  } finally {
    await handle.close()
  }
}

/** Opened first, then looked at: what is judged is what is read. Does not wait for the writer of a pipe. */
async function openRegular(path: string): Promise<FileHandle | 'a link' | 'nothing' | 'no file'> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
    return 'no file'
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ELOOP') return 'a link'
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return 'nothing'
    if (errno === 'ENXIO') return 'no file'
    throw error
  }
}

/** Paths of everything but folders. Links to folders are named, not entered. */
async function namesIn(folder: string, above = ''): Promise<readonly string[]> {
  const entries = await readdir(join(folder, above), { withFileTypes: true })
  const nested = entries.map(async (entry) => {
    const name = above === '' ? entry.name : `${above}/${entry.name}`
    return entry.isDirectory() ? namesIn(folder, name) : [name]
  })
  return (await Promise.all(nested)).flat().toSorted(byCodePoint)
}
