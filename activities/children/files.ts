import { lstat, realpath } from 'node:fs/promises'
import { basename, isAbsolute, join, relative, resolve } from 'node:path'
import type { Digest, Json } from '../../dsl/plan.ts'
import type { Artifacts } from '../../store/artifacts.ts'
import { ActivityError } from '../errors.ts'

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
export function materializeFiles(artifacts: Artifacts, input: Json, workFolder: string): Promise<Json> {
  return replaceFiles(input, 'input', async ({ $file, name }, place) => {
    if (!/^[0-9a-f]{64}$/.test($file)) {
      const message = `${place}: expected a file of the plan or of another step, got a path; use file('…') or return the file`
      throw new ActivityError('task-input-invalid', { message, retry: false })
    }
    const path = join(workFolder, 'in', $file.slice(0, 16), safeName(name))
    await artifacts.materialize($file, path)
    return { $file: path }
  })
}

/**
 * The output with each `{ $file: path }` put into the store and replaced by `{ $file: digest, name, size }`. A path is
 * relative to the work folder, or absolute within it. Throws `task-file-invalid` for any other, for links, and for what
 * is no regular file.
 */
export function collectFiles(artifacts: Artifacts, output: Json, workFolder: string): Promise<Json> {
  return replaceFiles(output, 'output', async ({ $file }, place): Promise<Json> => {
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

type Replace = (file: { readonly $file: string; readonly name?: Json }, place: string) => Promise<Json>

/** One after another: a list may name thousands. */
async function replaceFiles(value: Json, place: string, replace: Replace): Promise<Json> {
  if (typeof value !== 'object' || value === null) return value
  if (isList(value)) {
    const items: Json[] = []
    for (const [index, item] of value.entries()) items.push(await replaceFiles(item, `${place}[${index}]`, replace))
    return items
  }
  const { $file, name } = value
  if (typeof $file === 'string') return replace({ $file, ...(name === undefined ? {} : { name }) }, place)
  const fields: [string, Json][] = []
  for (const [key, field] of Object.entries(value)) {
    fields.push([key, await replaceFiles(field, `${place}.${key}`, replace)])
  }
  return Object.fromEntries(fields)
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

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
