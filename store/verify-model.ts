import { createHash } from 'node:crypto'
import type { Digest } from '../dsl/plan.ts'
import { artifactKey, sha256Of, type Artifacts } from './artifacts.ts'
import { entrySchema, type ModelVersion } from './model-version.ts'
import type { NamedChains } from './named-chains.ts'
import type { ObjectStore } from './object-store.ts'
import type { TrustedKeys } from './signing/dsse.ts'
import { altered, type Checked, type Fault } from './signing/fault.ts'
import { verifyModelSignature } from './signing/model-signature.ts'
import { verifyProvenance } from './signing/provenance.ts'
import { differences, type SignedFile } from './signing/signed-files.ts'
import { verifyStatement } from './signing/statement.ts'

export interface Place {
  readonly store: ObjectStore
  readonly artifacts: Artifacts
  readonly chains: NamedChains
}

export interface Verification {
  readonly model: string
  /** All entries of the chain, from 1, and the one asked for where it is not there. */
  readonly versions: readonly VersionCheck[]
}

export interface VersionCheck {
  readonly version: number
  /** Id of the key that signed the entry; absent where nobody trusted has. */
  readonly signedBy?: string
  /** Absent where only the entry was looked at. */
  readonly files?: number
  readonly faults: readonly Fault[]
}

interface Subject {
  readonly model: string
  readonly version?: number
  readonly keys: TrustedKeys
}

export async function verifyModel(place: Place, { model, version, keys }: Subject): Promise<Verification> {
  const head = await place.chains.chain(model).head()
  const versions: VersionCheck[] = []
  let previous: Digest | null = null
  const asked = version ?? 1
  for (const number of [...Array.from({ length: head }, (_, index) => index + 1), ...(asked > head ? [asked] : [])]) {
    const bytes = await place.chains.chain(model).read(number)
    const file = place.chains.key(model, number)
    const entry = entryOf(bytes, { file, keys })
    const deep = version === undefined || version === number
    const link: Link = { file, model, number, previous }
    versions.push({ version: number, ...(await versionCheck(place, { entry, link, keys, deep })) })
    previous = bytes === undefined ? null : sha256Of(bytes)
  }
  return { model, versions }
}

/**
 * One version as something signed names it, by the digest of its entry: its place in the chain need not be looked at.
 * Looks into all its artifacts; answers the first thing wrong.
 */
export async function verifyEntry(
  place: Place,
  { model, version, entry, keys }: Subject & { readonly version: number; readonly entry: Digest },
): Promise<Checked<ModelVersion>> {
  const file = place.chains.key(model, version)
  const bytes = await place.chains.chain(model).read(version)
  const read = entryOf(bytes, { file, keys })
  if ('fault' in read) return read
  const got = bytes === undefined ? 'none' : sha256Of(bytes)
  if (got !== entry) return { fault: altered(file, { expected: entry, got }) }
  const [fault] = await artifactFaults(place, { version: read.value.version, keys })
  return fault === undefined ? { value: read.value.version } : { fault }
}

interface Signed {
  readonly version: ModelVersion
  readonly keyId: string
}

interface Link {
  readonly file: string
  readonly model: string
  readonly number: number
  readonly previous: Digest | null
}

interface EntryOptions {
  readonly file: string
  readonly keys: TrustedKeys
}

function entryOf(bytes: Uint8Array | undefined, { file, keys }: EntryOptions): Checked<Signed> {
  if (bytes === undefined) return { fault: altered(file, { expected: 'an entry', got: 'none' }) }
  const read = verifyStatement(bytes, { file, keys, schema: entrySchema })
  if ('fault' in read) return read
  return { value: { version: read.value.statement.predicate, keyId: read.value.keyId } }
}

interface CheckOptions {
  readonly entry: Checked<Signed>
  readonly link: Link
  readonly keys: TrustedKeys
  readonly deep: boolean
}

async function versionCheck(
  place: Place,
  { entry, link, keys, deep }: CheckOptions,
): Promise<Omit<VersionCheck, 'version'>> {
  if ('fault' in entry) return { faults: [entry.fault] }
  const { version, keyId } = entry.value
  const linked = linkFaults(version, link)
  if (!deep) return { signedBy: keyId, faults: linked }
  const faults = [...linked, ...(await artifactFaults(place, { version, keys }))]
  return { signedBy: keyId, files: version.files.length, faults }
}

/** Entries that were put in another place, or after another entry than they were signed for. */
function linkFaults(version: ModelVersion, { file, model, number, previous }: Link): readonly Fault[] {
  const pairs = [
    [`model "${model}"`, `model "${version.model}"`],
    [`version ${number}`, `version ${version.version}`],
    [after(previous), after(version.previous)],
  ] as const
  return pairs.flatMap(([expected, got]) => (expected === got ? [] : [altered(file, { expected, got })]))
}

function after(previous: Digest | null): string {
  return previous === null ? 'no entry before it' : `after the entry ${previous}`
}

interface Contents {
  readonly version: ModelVersion
  readonly keys: TrustedKeys
}

async function artifactFaults(place: Place, { version, keys }: Contents): Promise<readonly Fault[]> {
  const { files, evidence, signature, provenance } = version
  const stored = [...files, { name: 'evidence', digest: evidence }]
  return [
    ...(await signatureFaults(place, { version, keys, digest: signature })),
    ...(await provenanceFaults(place, { version, keys, digest: provenance })),
    ...(await Promise.all(stored.map((file) => contentFault(place, file)))).filter((fault) => fault !== undefined),
  ]
}

interface SignedContent extends Contents {
  readonly digest: Digest
}

async function signatureFaults(place: Place, { version, keys, digest }: SignedContent): Promise<readonly Fault[]> {
  const read = await readArtifact(place, { name: 'model signature', digest })
  if ('fault' in read) return [read.fault]
  const file = placeOf({ name: 'model signature', digest })
  const checked = verifyModelSignature(read.value, { file, keys })
  if ('fault' in checked) return [checked.fault]
  return differences(file, { declared: version.files, found: checked.value.files })
}

async function provenanceFaults(place: Place, { version, keys, digest }: SignedContent): Promise<readonly Fault[]> {
  const read = await readArtifact(place, { name: 'provenance', digest })
  if ('fault' in read) return [read.fault]
  const file = placeOf({ name: 'provenance', digest })
  const checked = verifyProvenance(read.value, { file, keys })
  if ('fault' in checked) return [checked.fault]
  const { files, training } = checked.value
  return [
    ...differences(file, { declared: version.files, found: files }),
    ...(['pipeline', 'plan', 'run'] as const).flatMap((field) =>
      version[field] === training[field]
        ? []
        : [altered(file, { expected: `${field} ${version[field]}`, got: training[field] })],
    ),
  ]
}

type Stored = Pick<SignedFile, 'name' | 'digest'> & { readonly size?: number }

async function readArtifact(place: Place, stored: Stored): Promise<Checked<Uint8Array>> {
  const fault = await contentFault(place, stored)
  if (fault !== undefined) return { fault }
  return { value: await place.artifacts.get(stored.digest) }
}

/** Reads no further than the size declared. */
async function contentFault(
  { store }: Place,
  { name, digest, size = Number.POSITIVE_INFINITY }: Stored,
): Promise<Fault | undefined> {
  const file = placeOf({ name, digest })
  const pieces = await store.stream(artifactKey(digest))
  if (pieces === undefined) return altered(file, { expected: `sha256 ${digest}`, got: 'nothing' })
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > size) return altered(file, { expected: `${size} bytes`, got: 'more' })
    hash.update(piece)
  }
  if (Number.isFinite(size) && bytes < size) return altered(file, { expected: `${size} bytes`, got: `${bytes}` })
  const got = hash.digest('hex')
  return got === digest ? undefined : altered(file, { expected: digest, got })
}

/** `artifacts/0a/0a3f… (model.onnx)` */
function placeOf({ name, digest }: Stored): string {
  return `${artifactKey(digest)} (${name})`
}
