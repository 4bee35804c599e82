import { lstat, realpath, stat } from 'node:fs/promises'
import { basename, isAbsolute, join, relative, resolve } from 'node:path'
import type { Digest, Json } from '../../dsl/plan.ts'
import type { Artifacts } from '../../store/artifacts.ts'
import { ActivityError } from '../errors.ts'
import { isList, replaceFiles } from './replace-files.ts'

/** A file as it travels between steps. As code sees it, `$file` is a path, and the rest is not there. */
interface StoredFile {
  readonly $file: Digest
  readonly name: string
  /** Bytes. */
  readonly size: number
}

/**
 * The input with each `{ $file: digest, name }` made a file `<workFolder>/in/<digest>/<name>`, read-only, and replaced by
 * `{ $file: path }`. Throws `task-input-invalid`, and StoreError's codes where an artifact is missing or altered.
 */
export function materializeFiles(artifacts: Artifacts, input: Json, workFolder: string): Promise<Json> | Json {
  return replaceFiles(input, 'input', async ({ $file, name }, place) => {
    checkStored($file, place)
    return { $file: await materialized(artifacts, { digest: $file, name: safeName(name), workFolder }) }
  })
}

/** What the engine's own code is given: it writes to no input, so it reads the store's files where they are. */
export interface LocatedFiles {
  readonly input: Json
  /** By the path that stands in the input. Code that returns one of them returns the stored file. */
  readonly files: ReadonlyMap<string, StoredFile>
}

/** As `materializeFiles`, without copies where the store has files, but for one that goes by two names. */
export async function locateFiles(artifacts: Artifacts, input: Json, workFolder: string): Promise<LocatedFiles> {
  const files = new Map<string, StoredFile>()
  const located = await replaceFiles(input, 'input', async (file, place) => {
    const { $file: digest } = file
    checkStored(digest, place)
    const name = safeName(file.name)
    const path = await artifacts.locate(digest)
    const size = path === undefined ? 0 : (await stat(path)).size
    // Nothing may come between this look and the note of it.
    if (path === undefined || (files.get(path)?.name ?? name) !== name) {
      return { $file: await materialized(artifacts, { digest, name, workFolder }) }
    }
    files.set(path, { $file: digest, name, size })
    return { $file: path }
  })
  return { input: located, files }
}

function checkStored($file: string, place: string): void {
  if (/^[0-9a-f]{64}$/.test($file)) return
  const message = `${place}: expected a file of the plan or of another step, got a path; use file('…') or return the file`
  throw new ActivityError('task-input-invalid', { message, retry: false })
}

async function materialized(
  artifacts: Artifacts,
  { digest, name, workFolder }: { readonly digest: Digest; readonly name: string; readonly workFolder: string },
): Promise<string> {
  const path = join(workFolder, 'in', digest.slice(0, 16), name)
  await artifacts.materialize(digest, path)
  return path
}

/**
 * The output with each `{ $file: path }` put into the store and replaced by `{ $file: digest, name, size }`. A path is
 * relative to the work folder, or absolute within it. Throws `task-file-invalid` for any other, for links, and for what
 * is no regular file. `given`: files of the store itself that the code was given.
 */
export function collectFiles(
  artifacts: Artifacts,
  output: Json,
  { workFolder, given }: { readonly workFolder: string; readonly given?: LocatedFiles['files'] },
): Promise<Json> | Json {
  return replaceFiles(output, 'output', async ({ $file }, place): Promise<Json> => {
    const known = given?.get($file)
    if (known !== undefined) return { ...known }
    const { path, size } = await ownFile($file, { workFolder, place })
    const stored: StoredFile = { $file: await artifacts.putFile(path), name: basename(path), size }
    return { ...stored }
  })
}

/** The digests of the files that a stored output refers to, each once. */
export function artifactsIn(output: Json): readonly Digest[] {
  if (typeof output !== 'object' || output === null) return []
  if (isList(output)) return [...new Set(output.flatMap(artifactsIn))]
  if (typeof output['$file'] === 'string') return [output['$file']]
  return [...new Set(Object.values(output).flatMap(artifactsIn))]
}

async function ownFile(
  given: string,
  { workFolder, place }: { readonly workFolder: string; readonly place: string },
): Promise<{ readonly path: string; readonly size: number }> {
  const root = await realpath(workFolder)
  const inside = relative(workFolder, resolve(workFolder, given))
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) throw refused(place, 'a path outside of it')
  const path = join(root, inside)
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) throw refused(`${place} "${inside}"`, 'nothing there')
  if (!found.isFile()) throw refused(`${place} "${inside}"`, found.isSymbolicLink() ? 'a link' : 'no regular file')
  if (found.nlink > 1 || (await realpath(path)) !== path) throw refused(`${place} "${inside}"`, 'a link')
  return { path, size: found.size }
}

function refused(subject: string, got: string): ActivityError {
  const message = `${subject}: expected a file of the step's own folder, got ${got}; write it to the current folder`
  return new ActivityError('task-file-invalid', { message, retry: false })
}

function safeName(name: Json | undefined): string {
  const last = typeof name === 'string' ? basename(name) : ''
  return last === '' || last === '.' || last === '..' ? 'file' : last
}
