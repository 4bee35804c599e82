import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { artifactKey, artifacts, sha256Of, type Artifacts } from '../../store/artifacts.ts'
import { folderStore } from '../../store/folder-store.ts'
import { sealVersion, type ModelVersion } from '../../store/model-version.ts'
import { registry, type Registry } from '../../store/registry.ts'
import type { Signer } from '../../store/signing/dsse.ts'
import { anEvaluation, aRegistration, aSigner, keysOf } from './a-registration.ts'
import { temporaryFolder } from './temporary-folder.ts'

interface Place {
  readonly root: string
  readonly files: Artifacts
  readonly models: Registry
  readonly signer: Signer
}

async function aPlace(): Promise<Place> {
  const root = await temporaryFolder()
  const store = folderStore(root)
  const files = artifacts(store)
  return { root, files, models: registry(store, files), signer: aSigner() }
}

/** Versions 1 to 3 of `delay`. */
async function threeVersions(place: Place): Promise<readonly ModelVersion[]> {
  for (const seed of [1, 2, 3]) {
    await place.models.register(await aRegistration(place.files, { evaluation: anEvaluation(seed) }), place.signer)
  }
  return place.models.versions('delay')
}

/** What is wrong, as `version: file: expected, got`. */
async function faultsIn({ models, signer }: Place, keys = keysOf(signer)): Promise<readonly string[]> {
  const { versions } = await models.verify('delay', { keys })
  return versions.flatMap(({ version, faults }) =>
    faults.map(({ file, expected, got }) => `${version}: ${file}: ${expected}, ${got}`),
  )
}

async function change(file: string, edit: (bytes: Buffer) => Uint8Array): Promise<void> {
  await chmod(file, 0o644)
  await writeFile(file, edit(await readFile(file)))
}

test('a model without versions is not found', async () => {
  const { models } = await aPlace()
  expect(await models.find('delay')).toBeUndefined()
  expect(await models.list()).toEqual([])
  expect(await models.versions('delay')).toEqual([])
})

test('versions are numbered from 1 and each names the entry before', async () => {
  const place = await aPlace()
  const versions = await threeVersions(place)
  expect(versions.map(({ version }) => version)).toEqual([1, 2, 3])
  const entries = await Promise.all([1, 2].map((n) => readFile(join(place.root, `registry/delay/${n}`))))
  expect(versions.map(({ previous }) => previous)).toEqual([null, ...entries.map(sha256Of)])
  expect(await place.models.find('delay')).toEqual(versions[2])
  expect(await place.models.find('delay', 2)).toEqual(versions[1])
  expect(await place.models.find('delay', 4)).toBeUndefined()
})

test('the same files and evidence are the version there is, and nothing is written for them', async () => {
  const place = await aPlace()
  await threeVersions(place)
  const again = await aRegistration(place.files, { evaluation: anEvaluation(2) })
  const before = await folderStore(place.root).list('artifacts/')
  const { version, created } = await place.models.register({ ...again, run: 'another' }, place.signer)
  expect([version.version, created]).toEqual([2, false])
  expect(await folderStore(place.root).list('artifacts/')).toEqual(before)
})

test('models are listed in the order of names, each with its newest version', async () => {
  const place = await aPlace()
  await threeVersions(place)
  await place.models.register(await aRegistration(place.files, { model: 'arrival' }), place.signer)
  const listed = (await place.models.list()).map(({ model, version }) => `${model}@${version}`)
  expect(listed).toEqual(['arrival@1', 'delay@3'])
})

test('what was registered verifies, every version or one', async () => {
  const place = await aPlace()
  await threeVersions(place)
  const keys = keysOf(place.signer)
  expect(await place.models.verify('delay', { keys })).toEqual({
    model: 'delay',
    versions: [1, 2, 3].map((version) => ({ version, signedBy: place.signer.keyId, files: 3, faults: [] })),
  })
  const { versions } = await place.models.verify('delay', { keys, version: 2 })
  expect(versions.map(({ version, files }) => [version, files])).toEqual([
    [1, undefined],
    [2, 3],
    [3, undefined],
  ])
})

test('a file that is not in the store cannot be registered', async () => {
  const place = await aPlace()
  const given = await aRegistration(place.files)
  const files = [{ name: 'model.onnx', digest: sha256Of('elsewhere'), size: 9 }]
  await expect(place.models.register({ ...given, files }, place.signer)).rejects.toMatchObject({
    code: 'object-missing',
  })
  expect(await place.models.list()).toEqual([])
})

const invalid: readonly (readonly [what: string, change: object, message: string])[] = [
  ['a name that is no name', { model: 'Delay' }, 'model: a name of'],
  [
    'a path out of the folder',
    { files: [{ name: '../x', digest: sha256Of(''), size: 0 }] },
    'files.0.name: a relative',
  ],
  ['a file of Git', { files: [{ name: '.gitignore', digest: sha256Of(''), size: 0 }] }, 'files.0.name: a relative'],
  ['no file', { files: [] }, 'files: '],
  ['a metric that is no number', { metrics: { auc: Number.NaN } }, 'metrics.auc: '],
  ['another plan than its provenance has', { plan: sha256Of('other') }, 'another plan in its provenance'],
]

test.each(invalid)('%s is refused', async (_, changed, message) => {
  const place = await aPlace()
  const given = { ...(await aRegistration(place.files)), ...changed }
  const refusal = { code: 'registration-invalid', message: expect.stringContaining(message) as string }
  await expect(place.models.register(given, place.signer)).rejects.toMatchObject(refusal)
})

test('a file twice is refused', async () => {
  const place = await aPlace()
  const given = await aRegistration(place.files)
  const twice = { ...given, files: [...given.files, ...given.files] }
  await expect(place.models.register(twice, place.signer)).rejects.toMatchObject({ code: 'registration-invalid' })
})

test('entries signed by nobody trusted are refused with the key that signed', async () => {
  const place = await aPlace()
  await threeVersions(place)
  const other = aSigner()
  const [first] = await faultsIn(place, keysOf(other))
  expect(first).toBe(`1: registry/delay/1: the signature of key ${other.keyId}, ${place.signer.keyId}`)
  expect(await faultsIn(place, new Map())).toHaveLength(3)
})

test('an entry removed from the middle is found, and so is the one after it', async () => {
  const place = await aPlace()
  await threeVersions(place)
  await rm(join(place.root, 'registry/delay/2'))
  const faults = await faultsIn(place)
  expect(faults[0]).toBe('2: registry/delay/2: an entry, none')
  expect(faults[1]).toMatch(/^3: registry\/delay\/3: no entry before it, after the entry [0-9a-f]+/)
})

test('entries that changed places are found, although each is signed', async () => {
  const place = await aPlace()
  await threeVersions(place)
  const at = (n: number): string => join(place.root, `registry/delay/${n}`)
  await rename(at(2), at(9))
  await rename(at(3), at(2))
  await rename(at(9), at(3))
  expect(await faultsIn(place)).toEqual(expect.arrayContaining(['2: registry/delay/2: version 2, version 3']))
})

test('an entry of another model is found', async () => {
  const place = await aPlace()
  await place.models.register(await aRegistration(place.files, { model: 'arrival' }), place.signer)
  const bytes = await readFile(join(place.root, 'registry/arrival/1'))
  await folderStore(place.root).putIfAbsent('registry/delay/1', bytes)
  expect(await faultsIn(place)).toEqual(['1: registry/delay/1: model "delay", model "arrival"'])
})

test('an entry whose signature is that of another version is found', async () => {
  const place = await aPlace()
  const given = await aRegistration(place.files)
  const { version } = await place.models.register(given, place.signer)
  const other = await aRegistration(place.files, { files: { 'model.onnx': 'other weights' } })
  const elsewhere = registry(folderStore(join(place.root, 'elsewhere')), place.files)
  const { version: stranger } = await elsewhere.register(other, place.signer)
  const { signature, provenance } = stranger
  const forged = sealVersion({ ...version, signature, provenance }, place.signer)
  await change(join(place.root, 'registry/delay/1'), () => forged)
  const faults = await faultsIn(place)
  expect(faults).toContainEqual(expect.stringMatching(/\(model signature\): model\.onnx: /))
  expect(faults).toContainEqual(expect.stringMatching(/\(provenance\): training\.json: [0-9a-f]{64}, nothing/))
})

const kept = ['model.onnx', 'signature.json', 'training.json', 'evidence', 'model signature', 'provenance'] as const

test.each(kept)('the artifact %s is missed where it is missing, altered, cut short or longer', async (name) => {
  const place = await aPlace()
  const { version } = await place.models.register(await aRegistration(place.files), place.signer)
  const { evidence, signature, provenance, files } = version
  const others = { evidence, 'model signature': signature, provenance }
  const digests = new Map([...Object.entries(others), ...files.map((file) => [file.name, file.digest] as const)])
  const key = artifactKey(digests.get(name) ?? '')
  const whole = await readFile(join(place.root, key))
  const wrong = [whole.subarray(1), Buffer.concat([whole, whole]), Buffer.from(whole).fill(1, 3, 4)]
  for (const bytes of wrong) {
    await change(join(place.root, key), () => bytes)
    const faults = await faultsIn(place)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(`1: ${key} (${name}): `)
  }
  await rm(join(place.root, key))
  expect(await faultsIn(place)).toEqual([expect.stringMatching(/: sha256 [0-9a-f]{64}, nothing$/)])
})

test('an entry that cannot be read is an error to whoever reads on', async () => {
  const place = await aPlace()
  await threeVersions(place)
  await change(join(place.root, 'registry/delay/2'), () => Buffer.from('{}'))
  await expect(place.models.versions('delay')).rejects.toMatchObject({ code: 'store-corrupt' })
  const given = await aRegistration(place.files)
  await expect(place.models.register(given, place.signer)).rejects.toMatchObject({ code: 'store-corrupt' })
})
