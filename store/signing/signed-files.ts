import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Digest } from '../../dsl/plan.ts'
import { altered, type Fault } from './fault.ts'
import { hexDigest } from './strict-json.ts'

/** One file of a model. */
export interface SignedFile {
  /** Path in the model's folder, with `/`. */
  readonly name: string
  readonly digest: Digest
  readonly size: number
}

export type NamedDigest = Pick<SignedFile, 'name' | 'digest'>

/** Longer ones do not fit into a folder of every file system. */
const MOST_NAME = 255

/** A path that means one file on every system. */
export const fileName = z
  .string()
  .max(MOST_NAME)
  .refine(isPlainName, 'a relative path with "/", without "." and "..", and not of Git')

/** At least one, in the order of code points, each name once. */
export function inOrder(files: readonly Pick<SignedFile, 'name'>[]): boolean {
  return files.every(({ name }, index) => {
    const before = files[index - 1]
    return before === undefined || byCodePoint(before.name, name) < 0
  })
}

/** The order of the signature's list. JavaScript's own is by UTF-16 units, which differs above U+FFFF. */
export function byCodePoint(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}

/** Names all files of a model together: SHA-256 over their raw digests in order (OpenSSF Model Signing). */
export function rootDigestOf(files: readonly NamedDigest[]): Digest {
  const hash = createHash('sha256')
  for (const { digest } of files) hash.update(Buffer.from(digest, 'hex'))
  return hash.digest('hex')
}

/** Where two lists of files differ; `file` is what holds `found`. */
export function differences(
  file: string,
  { declared, found }: { readonly declared: readonly NamedDigest[]; readonly found: readonly NamedDigest[] },
): readonly Fault[] {
  const [left, right] = [declared, found].map((files) => new Map(files.map(({ name, digest }) => [name, digest])))
  const names = [...new Set([...declared, ...found].map(({ name }) => name))].toSorted(byCodePoint)
  return names.flatMap((name) => {
    const [expected, got] = [left?.get(name) ?? 'no such file', right?.get(name) ?? 'nothing']
    return left?.get(name) === right?.get(name) ? [] : [altered(`${file}: ${name}`, { expected, got })]
  })
}

function isPlainName(name: string): boolean {
  if (/[\\\p{Cc}\p{Surrogate}]/u.test(name)) return false
  const segments = name.split('/')
  return !name.startsWith('.git') && segments.every((segment) => !['', '.', '..'].includes(segment))
}

export const signedFile = z.strictObject({ name: fileName, digest: hexDigest, size: z.int().min(0) })
