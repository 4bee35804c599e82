import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Artifacts } from './artifacts.ts'
import { errnoOf, fromSystemError, StoreError } from './errors.ts'
import { EXPORT, verifyExport } from './verify-export.ts'
import { nameOf, type ModelVersion } from './model-version.ts'
import type { TrustedKeys } from './signing/dsse.ts'
import type { Fault } from './signing/fault.ts'
import { pemOf } from './signing/keys.ts'
import { verifyModelSignature } from './signing/model-signature.ts'
import { temporaryName } from './temporary-files.ts'

export interface ExportOptions {
  readonly artifacts: Artifacts
  /** One of them has signed the version. */
  readonly keys: TrustedKeys
}

/**
 * Writes a version to a folder that is not there or empty: all at once, and only if what was written verifies.
 * Cut off, it leaves no more than a folder `<host>~<pid>~…` beside it. Throws `export-refused`.
 */
export async function exportModel(version: ModelVersion, folder: string, options: ExportOptions): Promise<void> {
  const target = resolve(folder)
  const temporary = join(dirname(target), temporaryName())
  try {
    await refuseFull(target)
    await writeParts(version, temporary, options)
    const { faults } = await verifyExport(temporary, options)
    if (faults[0] !== undefined) throw unverified(version, faults[0])
    // Takes the place of an empty folder, and of nothing else.
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw translated(error, target)
  }
}

async function refuseFull(target: string): Promise<void> {
  const entries = await readdir(target).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  })
  if (entries.length > 0) throw full(target, 'a folder with something in it')
}

async function writeParts(version: ModelVersion, folder: string, { artifacts, keys }: ExportOptions): Promise<void> {
  const [bundle, provenance] = await Promise.all([artifacts.get(version.signature), artifacts.get(version.provenance)])
  const checked = verifyModelSignature(bundle, { file: EXPORT.signature, keys })
  if ('fault' in checked) throw unverified(version, checked.fault)
  await mkdir(join(folder, EXPORT.model), { recursive: true })
  for (const { name, digest } of version.files) await artifacts.materialize(digest, join(folder, EXPORT.model, name))
  await writeFile(join(folder, EXPORT.signature), bundle)
  await writeFile(join(folder, EXPORT.provenance), provenance)
  const key = keys.get(checked.value.keyId)
  if (key !== undefined) await writeFile(join(folder, EXPORT.signer), pemOf(key))
}

function unverified(version: ModelVersion, { file, expected, got, remedy }: Fault): StoreError {
  return new StoreError('export-refused', `${nameOf(version)}: ${file}: expected ${expected}, got ${got}; ${remedy}`)
}

function translated(error: unknown, target: string): StoreError {
  const errno = errnoOf(error)
  if (errno === 'ENOTEMPTY' || errno === 'EEXIST') return full(target, 'a folder with something in it')
  if (errno === 'ENOTDIR') return full(target, 'a file')
  return fromSystemError(error, `folder "${basename(target)}": export`)
}

function full(target: string, got: string): StoreError {
  const message = `folder "${basename(target)}": expected none or an empty one, got ${got}; name another folder`
  return new StoreError('export-refused', message)
}
