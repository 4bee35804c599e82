import type { Digest } from '../dsl/plan.ts'
import { artifactKey, sha256Of, type Artifacts } from './artifacts.ts'
import { StoreError } from './errors.ts'
import { asModelVersion, entrySchema, nameOf, sealVersion, type ModelVersion } from './model-version.ts'
import { namedChains } from './named-chains.ts'
import type { ObjectStore } from './object-store.ts'
import type { Signer, TrustedKeys } from './signing/dsse.ts'
import { signModel } from './signing/model-signature.ts'
import { signProvenance, type TrainingRun } from './signing/provenance.ts'
import { byCodePoint, rootDigestOf } from './signing/signed-files.ts'
import { readStatement } from './signing/statement.ts'
import { verifyModel, type Place, type Verification } from './verify-model.ts'

/**
 * Models as chains `registry/<model>/<n>`: entry n is version n, signed, and names the entry before by its digest.
 * An entry cannot be altered, removed from the middle or exchanged unnoticed. That its
 * newest entries were deleted the chain cannot show, for what is left is a whole chain too: `missingHeads` does.
 */
export interface Registry {
  /**
   * Appends a version, or answers the one there is of the same files and evidence. Of racing callers each gets a number
   * of its own, without gap. Cut off anywhere, there is a whole version or none, and it may be called again.
   * Throws `registration-invalid`, `object-missing`.
   */
  register(registration: Registration, signer: Signer): Promise<Registered>
  /** By default the newest version. Unverified, as `list` and `versions`: read, then `verify`. */
  find(model: string, version?: number): Promise<ModelVersion | undefined>
  /** Names of models, in code point order; a registration cut off may have left one without a version. */
  names(): Promise<readonly string[]>
  /** How many versions there are: the newest one's number. */
  head(model: string): Promise<number>
  /** Each model's newest version, in the order of names. */
  list(): Promise<readonly ModelVersion[]>
  /** From 1. */
  versions(model: string): Promise<readonly ModelVersion[]>
  /** Of a version's entry: what a service's state names it by. */
  digest(model: string, version: number): Promise<Digest>
  /** Walks the whole chain, and looks into the artifacts of one version, or of all. */
  verify(model: string, options: VerifyOptions): Promise<Verification>
}

export type Registration = Omit<ModelVersion, 'version' | 'previous' | 'rootDigest' | 'signature' | 'provenance'> & {
  readonly training: TrainingRun
}

export interface Registered {
  readonly version: ModelVersion
  /** False: it was there. */
  readonly created: boolean
}

export interface VerifyOptions {
  readonly keys: TrustedKeys
  /** Default: all. */
  readonly version?: number
}

export function registry(store: ObjectStore, artifacts: Artifacts): Registry {
  const place: Place = { store, artifacts, chains: namedChains(store, 'registry') }
  return {
    register: (registration, signer) => register(place, { registration, signer }),
    find: (model, version) => find(place, { model, version }),
    names: () => place.chains.names(),
    head: (model) => place.chains.chain(model).head(),
    list: async () => {
      const newest = await Promise.all((await place.chains.names()).map((model) => find(place, { model })))
      return newest.filter((version) => version !== undefined)
    },
    versions: async (model) => (await entriesAfter(place, { model, after: 0 })).map(({ version }) => version),
    digest: async (model, version) => (await readEntry(place, { model, version })).digest,
    verify: (model, options) => verifyModel(place, { model, ...options }),
  }
}

interface Entry {
  readonly version: ModelVersion
  readonly digest: Digest
}

async function register(
  place: Place,
  { registration, signer }: { readonly registration: Registration; readonly signer: Signer },
): Promise<Registered> {
  const { training, ...given } = registration
  const files = given.files.toSorted((left, right) => byCodePoint(left.name, right.name))
  const same = { rootDigest: rootDigestOf(files), evidence: given.evidence }
  let signed: Pick<ModelVersion, 'signature' | 'provenance'> | undefined
  let last: Entry | undefined
  while (true) {
    const after = last?.version.version ?? 0
    const entries = await entriesAfter(place, { model: given.model, after })
    const there = entries.find(({ version }) => isSame(version, same))
    if (there !== undefined) return { version: there.version, created: false }
    last = entries.at(-1) ?? last
    const position = { version: (last?.version.version ?? 0) + 1, previous: last?.digest ?? null }
    const draft = { ...given, ...same, files, ...position }
    signed ??= await putSigned(place, { draft, training, signer })
    const version = { ...draft, ...signed }
    const entry = sealVersion(version, signer)
    const outcome = await place.chains.chain(given.model).append(position.version - 1, entry)
    if (outcome === 'appended') return { version, created: true }
  }
}

function isSame(
  version: ModelVersion,
  { rootDigest, evidence }: Pick<ModelVersion, 'rootDigest' | 'evidence'>,
): boolean {
  return version.rootDigest === rootDigest && version.evidence === evidence
}

interface Draft {
  readonly draft: Omit<ModelVersion, 'signature' | 'provenance'>
  readonly training: TrainingRun
  readonly signer: Signer
}

/** All that an entry refers to, before the entry: one that is there is whole. */
async function putSigned(
  { artifacts, chains }: Place,
  { draft, training, signer }: Draft,
): Promise<Pick<ModelVersion, 'signature' | 'provenance'>> {
  refuseInvalid(draft, training)
  const needed = [...draft.files.map(({ digest }) => digest), draft.evidence]
  await Promise.all(needed.map((digest) => requireArtifact(artifacts, digest)))
  await chains.announce(draft.model)
  const [signature, provenance] = await Promise.all([
    artifacts.putBytes(signModel(draft.files, signer)),
    artifacts.putBytes(signProvenance(draft.files, { training, signer })),
  ])
  return { signature, provenance }
}

function refuseInvalid(draft: Draft['draft'], training: TrainingRun): void {
  const checked = asModelVersion({ ...draft, signature: draft.evidence, provenance: draft.evidence })
  const refused = 'refused' in checked ? checked.refused : disagreement(draft, training)
  if (refused === undefined) return
  throw new StoreError(
    'registration-invalid',
    `registration of "${nameOf(draft)}": expected a whole one, got ${refused}`,
  )
}

function disagreement(draft: Draft['draft'], training: TrainingRun): string | undefined {
  const differs = (['pipeline', 'plan', 'run'] as const).find((field) => draft[field] !== training[field])
  return differs && `another ${differs} in its provenance`
}

async function requireArtifact(artifacts: Artifacts, digest: Digest): Promise<void> {
  if (await artifacts.has(digest)) return
  const message = `store object "${artifactKey(digest)}": expected it to be there before what refers to it, got none`
  throw new StoreError('object-missing', message)
}

async function find(
  place: Place,
  { model, version }: { readonly model: string; readonly version?: number | undefined },
): Promise<ModelVersion | undefined> {
  const head = await place.chains.chain(model).head()
  const wanted = version ?? head
  if (wanted < 1 || wanted > head) return undefined
  return (await readEntry(place, { model, version: wanted })).version
}

async function entriesAfter(
  place: Place,
  { model, after }: { readonly model: string; readonly after: number },
): Promise<readonly Entry[]> {
  const head = await place.chains.chain(model).head()
  const numbers = Array.from({ length: Math.max(0, head - after) }, (_, index) => after + index + 1)
  return Promise.all(numbers.map((version) => readEntry(place, { model, version })))
}

async function readEntry({ chains }: Place, { model, version }: { model: string; version: number }): Promise<Entry> {
  const file = chains.key(model, version)
  const bytes = await chains.chain(model).read(version)
  if (bytes === undefined) {
    throw new StoreError(
      'object-missing',
      `store object "${file}": expected it to be there, got none; restore it from a copy`,
    )
  }
  const read = readStatement(bytes, { file, schema: entrySchema })
  if ('value' in read) return { version: read.value.statement.predicate, digest: sha256Of(bytes) }
  const { expected, got } = read.fault
  throw new StoreError(
    'store-corrupt',
    `store object "${file}": expected ${expected}, got ${got}; restore it from a copy`,
  )
}
