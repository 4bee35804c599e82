import type { KeyObject } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, StoreError } from './errors.ts'
import type { TrustedKeys } from './signing/dsse.ts'
import { altered, REMEDY, type Checked, type Fault } from './signing/fault.ts'
import { keyIdOf, pemOf, publicKeyOf } from './signing/keys.ts'
import { verifyModelSignature, type ModelSignature } from './signing/model-signature.ts'
import { verifyProvenance, type Provenance } from './signing/provenance.ts'
import { differences } from './signing/signed-files.ts'
import { checkFolder, readRegular } from './signing/signed-folder.ts'

/** What lies in an exported folder: the model's files in `model`, and what was signed beside it. */
export const EXPORT = {
  model: 'model',
  signature: 'model.sig',
  signer: 'signer.pub',
  provenance: 'provenance.dsse.json',
} as const

export interface ExportCheck {
  readonly faults: readonly Fault[]
  /** Absent where the signature is not one of a trusted key. */
  readonly signedBy?: string
  /** How many; as `signedBy`. */
  readonly files?: number
}

/**
 * Whether an exported folder holds what was signed and nothing else. `keys`: whose signatures count; without them the
 * folder's own `signer.pub` does, which shows that nothing was damaged, not who made it. What is loaded afterwards has
 * to be what was looked at: copy the folder to a private place first.
 */
export async function verifyExport(
  folder: string,
  { keys }: { readonly keys?: TrustedKeys } = {},
): Promise<ExportCheck> {
  const layout = await layoutFaults(folder)
  if (layout.length > 0) return { faults: layout.map(forExport) }
  const signer = await readSigner(folder)
  if ('fault' in signer) return { faults: [forExport(signer.fault)] }
  const signed = await readSigned(folder, keys ?? signer.value)
  if ('fault' in signed) return { faults: [forExport(signed.fault)] }
  const { signature, provenance } = signed.value
  const faults = [
    ...signerFaults([...signer.value.keys()], signed.value),
    ...differences(EXPORT.provenance, { declared: signature.files, found: provenance.files }),
    ...(await checkFolder(join(folder, EXPORT.model), { files: provenance.files, shown: EXPORT.model })),
  ]
  return { faults: faults.map(forExport), signedBy: signature.keyId, files: signature.files.length }
}

async function layoutFaults(folder: string): Promise<readonly Fault[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined
    throw error
  })
  if (entries === undefined) return [altered('.', { expected: 'an exported folder', got: 'none' })]
  const names: readonly string[] = Object.values(EXPORT)
  const model = entries.find(({ name }) => name === EXPORT.model)
  const strangers = entries.filter(({ name }) => !names.includes(name))
  const missing = names.filter((each) => !entries.some(({ name }) => name === each))
  return [
    ...missing.map((file) => altered(file, { expected: 'it to be there', got: 'nothing' })),
    ...strangers.map(({ name }) => altered(name, { expected: 'no such file', got: 'one' })),
    ...(model === undefined || model.isDirectory()
      ? []
      : [altered(EXPORT.model, { expected: 'a folder', got: 'none' })]),
  ]
}

async function readSigner(folder: string): Promise<Checked<TrustedKeys>> {
  const read = await readPart(folder, EXPORT.signer)
  if ('fault' in read) return read
  const key = keyIn(read.value)
  if (key !== undefined) return { value: new Map([[keyIdOf(key), key]]) }
  return { fault: altered(EXPORT.signer, { expected: 'a P-256 public key as PEM', got: 'something else' }) }
}

/** In the one spelling that `exportModel` writes: readers of PEM differ in what they overlook. */
function keyIn(bytes: Uint8Array): KeyObject | undefined {
  try {
    const key = publicKeyOf(Buffer.from(bytes).toString('utf8'), EXPORT.signer)
    return Buffer.from(pemOf(key)).equals(bytes) ? key : undefined
  } catch (error) {
    if (error instanceof StoreError) return undefined
    throw error
  }
}

interface Signed {
  readonly signature: ModelSignature
  readonly provenance: Provenance
}

async function readSigned(folder: string, keys: TrustedKeys): Promise<Checked<Signed>> {
  const bundle = await readPart(folder, EXPORT.signature)
  if ('fault' in bundle) return bundle
  const signature = verifyModelSignature(bundle.value, { file: EXPORT.signature, keys })
  if ('fault' in signature) return signature
  const envelope = await readPart(folder, EXPORT.provenance)
  if ('fault' in envelope) return envelope
  const provenance = verifyProvenance(envelope.value, { file: EXPORT.provenance, keys })
  if ('fault' in provenance) return provenance
  return { value: { signature: signature.value, provenance: provenance.value } }
}

/** All three have to agree, or a reader of one would believe another. */
function signerFaults([expected = '']: readonly string[], { signature, provenance }: Signed): readonly Fault[] {
  const found = [
    [EXPORT.signature, signature.keyId],
    [EXPORT.provenance, provenance.keyId],
  ] as const
  return found.flatMap(([file, got]) => (got === expected ? [] : [altered(file, { expected: `key ${expected}`, got })]))
}

const MOST_BYTES = 8 * 1024 * 1024

function readPart(folder: string, file: string): Promise<Checked<Uint8Array>> {
  return readRegular(join(folder, file), { file, most: MOST_BYTES })
}

function forExport(fault: Fault): Fault {
  return fault.remedy === REMEDY.altered ? { ...fault, remedy: 'do not use the folder: export the model again' } : fault
}
