import { lstat, mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { canonicalJson } from '../dsl/digest.ts'
import type { Digest } from '../dsl/plan.ts'
import { fileDigest, type Artifacts } from './artifacts.ts'
import { errnoOf, fromSystemError, StoreError } from './errors.ts'
import { temporaryName } from './temporary-files.ts'

const packSchema = z.object({
  files: z.array(
    z.object({
      /** Relative, with `/`. */
      path: z.string(),
      digest: z.string(),
      /** Permission bits: 0444, or 0555 for what may be executed. */
      mode: z.literal([0o444, 0o555]),
    }),
  ),
})

/** A folder as artifacts: this manifest is one, and each file is. In code point order of the paths. */
export type Pack = Readonly<z.infer<typeof packSchema>>

/** Files of one folder. */
export interface PackSource {
  /** Absolute. */
  readonly folder: string
  /** Relative to it. */
  readonly paths: readonly string[]
}

/**
 * Puts the files of all folders, as of one, and their manifest; answers the manifest's digest, equal for equal content.
 * Of a path that several have the last one's file counts.
 */
export async function packFolders(artifacts: Artifacts, sources: readonly PackSource[]): Promise<Digest> {
  const folders = new Map(sources.flatMap(({ folder, paths }) => paths.map((path) => [path, folder] as const)))
  const sorted = [...folders].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  checkPaths(sorted.map(([path]) => path))
  const files: Pack['files'] = []
  for (const [path, folder] of sorted) {
    const mode = await modeOf(folder, path)
    files.push({ path, digest: await artifacts.putFile(join(folder, path)), mode })
  }
  return await artifacts.putBytes(Buffer.from(canonicalJson({ files })))
}

/**
 * Makes `folder` hold the pack's files, all at once; where it is there already, its files are verified instead
 * (`store-corrupt`). Files that are not of the pack are left alone.
 */
export async function unpackFolder(artifacts: Artifacts, pack: Digest, folder: string): Promise<void> {
  const { files } = await readPack(artifacts, pack)
  if (await isFolder(folder)) return await verify(files, folder)
  const temporary = join(dirname(folder), temporaryName())
  try {
    await mkdir(temporary, { recursive: true })
    for (const { path, digest, mode } of files) await artifacts.materialize(digest, join(temporary, path), { mode })
    await rename(temporary, folder)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    // Another process was first.
    if (errnoOf(error) === 'ENOTEMPTY' || errnoOf(error) === 'EEXIST') return await verify(files, folder)
    throw fromSystemError(error, `folder "${basename(folder)}": unpack`)
  }
}

async function readPack(artifacts: Artifacts, digest: Digest): Promise<Pack> {
  const bytes = await artifacts.get(digest)
  const parsed = packSchema.safeParse(parseOrUndefined(bytes))
  if (!parsed.success) throw new StoreError('store-corrupt', `artifact ${digest}: expected a pack, got other content`)
  checkPaths(parsed.data.files.map((file) => file.path))
  return parsed.data
}

function parseOrUndefined(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}

async function verify(files: Pack['files'], folder: string): Promise<void> {
  for (const { path, digest } of files) {
    const found = await fileDigest(join(folder, path))
    if (found === digest) continue
    throw new StoreError(
      'store-corrupt',
      `unpacked file "${path}": expected sha256 ${digest}, got ${found}; remove the folder "${basename(folder)}"`,
    )
  }
}

/** Whoever made a manifest may not have been us: no path leads out of the folder or through another file. */
function checkPaths(paths: readonly string[]): void {
  const files = new Set(paths)
  for (const path of paths) {
    const segments = path.split('/')
    const parents = segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'))
    if (segments.every(isSafe) && !parents.some((parent) => files.has(parent))) continue
    const got = JSON.stringify(path.slice(0, 64))
    throw new StoreError('key-invalid', `packed path: expected a relative path to one file of the folder, got ${got}`)
  }
}

function isSafe(segment: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  return segment !== '' && segment !== '.' && segment !== '..' && !/[\u0000-\u001f\u007f\\]/.test(segment)
}

async function modeOf(folder: string, path: string): Promise<0o444 | 0o555> {
  const stat = await lstat(join(folder, path)).catch((error: unknown) => {
    throw new StoreError('source-unreadable', `file "${path}": expected a readable file, got ${errnoOf(error)}`)
  })
  if (!stat.isFile())
    throw new StoreError(
      'source-unreadable',
      `file "${path}": expected a regular file, got another kind; take it out of the folder`,
    )
  return (stat.mode & 0o100) === 0 ? 0o444 : 0o555
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw fromSystemError(error, `folder "${basename(path)}": look up`)
  }
}
