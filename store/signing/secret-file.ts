import { constants, type Stats } from 'node:fs'
import { link, open, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errnoOf, fromSystemError, StoreError } from '../errors.ts'
import { temporaryName } from '../temporary-files.ts'

/** What messages say of a private key's file: never its path, never what it holds. */
export interface SecretFile {
  /** `signing key` */
  readonly subject: string
  /** Where there is none: what was expected, and what to do. */
  readonly missing: string
}

/** Puts a file of mode 0600; answers whether this call's is the one there: of racing ones one is, whole, whatever is cut off. */
export async function putSecret(
  path: string,
  { text, subject }: { readonly text: string; readonly subject: string },
): Promise<boolean> {
  const temporary = join(dirname(path), temporaryName())
  try {
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600, flush: true })
    await link(temporary, path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw fromSystemError(error, `${subject}: write`)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Throws `signing-key-missing`, `signing-key-exposed` where others than its owner may read the file or enter its folder. */
export async function readSecret(path: string, { subject, missing }: SecretFile): Promise<string> {
  try {
    // What is looked at is what is read: another file put in its place meanwhile changes nothing.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      refuseReadable(subject, { found: await file.stat(), expected: 0o600 })
      refuseReadable(`${subject}'s folder`, { found: await stat(dirname(path)), expected: 0o700 })
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw new StoreError('signing-key-missing', `${subject}: expected ${missing}`)
    throw fromSystemError(error, `${subject}: read`)
  }
}

/** Whoever can add a key decides what verifies. */
export function refuseWritable(subject: string, { mode }: Stats): void {
  if ((mode & 0o022) === 0) return
  const got = (mode & 0o777).toString(8).padStart(4, '0')
  const message = `${subject}: expected to be writable by their owner only, got mode ${got}; take that right away`
  throw new StoreError('signing-key-exposed', message)
}

export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function refuseReadable(subject: string, { found, expected }: { found: Stats; expected: number }): void {
  if ((found.mode & 0o077) === 0) return
  const [wanted, got] = [expected, found.mode & 0o777].map((mode) => mode.toString(8).padStart(4, '0'))
  const remedy = 'take all rights of group and others away, and replace the key if others may have read it'
  throw new StoreError('signing-key-exposed', `${subject}: expected mode ${wanted}, got ${got}; ${remedy}`)
}
