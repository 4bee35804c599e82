import { createHash, hash } from 'node:crypto'
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Digest } from '../dsl/plan.ts'
import { errnoOf, fromSystemError, StoreError } from './errors.ts'
import { lentPieces, nodeFileSystem } from './file-system.ts'
import type { ObjectStore } from './object-store.ts'
import { temporaryName } from './temporary-files.ts'

/** Immutable bytes, named by their SHA-256. What comes out is what went in, or an error: `object-missing`, `store-corrupt`. */
export interface Artifacts {
  /** Durable once it answers; stored once however often it is put. */
  putBytes(bytes: Uint8Array): Promise<Digest>
  /** The same for a file, which has to stay as it is meanwhile (`source-changed`). */
  putFile(path: string): Promise<Digest>
  get(digest: Digest): Promise<Uint8Array>
  has(digest: Digest): Promise<boolean>
  /**
   * Makes a file of the artifact's own bytes, never a link into the store; replaces what is at `path`, all at once.
   * Its folder is made. `mode`: default 0444.
   */
  materialize(digest: Digest, path: string, options?: { readonly mode?: number }): Promise<void>
  /**
   * The store's own file, its bytes looked at, for a reader that can be trusted never to write; `undefined` where the store
   * has no files.
   */
  locate(digest: Digest): Promise<string | undefined>
}

export function artifacts(store: ObjectStore): Artifacts {
  return {
    putBytes: async (bytes) => {
      const digest = sha256Of(bytes)
      await store.putIfAbsent(artifactKey(digest), bytes)
      return digest
    },
    putFile: async (path) => {
      const digest = await fileDigest(path)
      await store.putFileIfAbsent(artifactKey(digest), path, { digest })
      return digest
    },
    get: async (digest) => {
      const bytes = await store.get(artifactKey(digest))
      if (bytes === undefined) throw missing(digest)
      check(digest, sha256Of(bytes))
      return bytes
    },
    has: (digest) => store.has(artifactKey(digest)),
    materialize: (digest, path, { mode = 0o444 } = {}) =>
      writeWhole(path, { mode, pieces: verifiedPieces(store, digest) }),
    locate: async (digest) => {
      const path = store.fileOf?.(artifactKey(digest))
      if (path === undefined) return undefined
      if (!(await store.has(artifactKey(digest)))) throw missing(digest)
      check(digest, await fileDigest(path))
      return path
    },
  }
}

/** `artifacts/<first 2 hex>/<digest>`. Throws `key-invalid` for what is no digest. */
export function artifactKey(digest: Digest): string {
  checkDigest(digest)
  return `artifacts/${digest.slice(0, 2)}/${digest}`
}

export function checkDigest(digest: string): void {
  if (/^[0-9a-f]{64}$/.test(digest)) return
  const got = JSON.stringify(digest.slice(0, 64))
  throw new StoreError('key-invalid', `digest: expected 64 lower-case hex characters, got ${got}`)
}

export function sha256Of(bytes: Uint8Array | string): Digest {
  return hash('sha256', bytes, 'hex')
}

/** SHA-256 of a file's content. Throws `source-unreadable`. */
export async function fileDigest(path: string): Promise<Digest> {
  const sum = createHash('sha256')
  try {
    for await (const piece of lentPieces(nodeFileSystem.open(path, 'r'))) sum.update(piece)
  } catch (error) {
    const got = errnoOf(error) ?? 'an unknown error'
    throw new StoreError('source-unreadable', `file "${basename(path)}": expected a readable file, got ${got}`)
  }
  return sum.digest('hex')
}

/** Throws at the end, so nothing may be made of the pieces before. */
async function* verifiedPieces(store: ObjectStore, digest: Digest): AsyncGenerator<Uint8Array> {
  const pieces = await store.stream(artifactKey(digest))
  if (pieces === undefined) throw missing(digest)
  const sum = createHash('sha256')
  for await (const piece of pieces) {
    sum.update(piece)
    yield piece
  }
  check(digest, sum.digest('hex'))
}

interface WholeFile {
  readonly mode: number
  readonly pieces: AsyncIterable<Uint8Array>
}

async function writeWhole(path: string, { mode, pieces }: WholeFile): Promise<void> {
  const temporary = join(dirname(path), temporaryName())
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(temporary, 'wx')
    try {
      for await (const piece of pieces) await file.writeFile(piece)
    } finally {
      await file.close()
    }
    await chmod(temporary, mode)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw fromSystemError(error, `file "${basename(path)}": write`)
  }
}

function check(wanted: Digest, found: Digest): void {
  if (wanted === found) return
  throw new StoreError(
    'store-corrupt',
    `store object "${artifactKey(wanted)}": expected sha256 ${wanted}, got ${found}; remove it and run again what made it`,
  )
}

function missing(digest: Digest): StoreError {
  return new StoreError(
    'object-missing',
    `store object "${artifactKey(digest)}": expected it to be there, got none; run again what made it`,
  )
}
