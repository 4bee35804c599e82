import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { artifactKey, artifacts, type Artifacts } from '../../../store/artifacts.ts'
import { exportModel } from '../../../store/export-model.ts'
import { folderStore } from '../../../store/folder-store.ts'
import { entrySchema, type ModelVersion } from '../../../store/model-version.ts'
import { registry, type Registry } from '../../../store/registry.ts'
import type { Fault } from '../../../store/signing/fault.ts'
import { verifyModelSignature } from '../../../store/signing/model-signature.ts'
import { verifyProvenance } from '../../../store/signing/provenance.ts'
import { verifyStatement } from '../../../store/signing/statement.ts'
import { EXPORT, verifyExport } from '../../../store/verify-export.ts'
import { chosenSeed, seeded } from '../../engine/seeded.ts'
import { aRegistration, aSigner, aTraining, keysOf } from '../a-registration.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const signer = aSigner()
const keys = keysOf(signer)
let random: () => number
beforeAll(() => {
  random = seeded(chosenSeed())
})

interface Registered {
  readonly root: string
  readonly models: Registry
  readonly files: Artifacts
  readonly version: ModelVersion
}

async function registered(): Promise<Registered> {
  const root = await temporaryFolder()
  const store = folderStore(join(root, 'store'))
  const files = artifacts(store)
  const models = registry(store, files)
  // Small, since each of its bits is a check.
  const given = await aRegistration(files, { files: { 'model.onnx': 'weights' }, evaluation: { metrics: {} } })
  const dependencies = aTraining.dependencies.slice(0, 1)
  const { version } = await models.register({ ...given, training: { ...aTraining, dependencies } }, signer)
  return { root, models, files, version }
}

function flipped(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

/** The bits whose flip is not noticed. */
function unnoticed(bytes: Uint8Array, check: (bytes: Uint8Array) => object): readonly number[] {
  const bits = Array.from({ length: bytes.length * 8 }, (_, bit) => bit)
  return bits.filter((bit) => !('fault' in check(flipped(bytes, bit))))
}

const file = 'f'

test('every bit of an entry, a bundle and a provenance counts', async () => {
  const { root, files, version } = await registered()
  const entry = await readFile(join(root, 'store/registry/delay/1'))
  expect(unnoticed(entry, (bytes) => verifyStatement(bytes, { file, keys, schema: entrySchema }))).toEqual([])
  const bundle = await files.get(version.signature)
  expect(unnoticed(bundle, (bytes) => verifyModelSignature(bytes, { file, keys }))).toEqual([])
  const provenance = await files.get(version.provenance)
  expect(unnoticed(provenance, (bytes) => verifyProvenance(bytes, { file, keys }))).toEqual([])
})

/** The files that faults name for 40 bits flipped at random, one at a time. */
async function namedFor(path: string, look: () => Promise<readonly Fault[]>): Promise<readonly string[]> {
  const whole = await readFile(path)
  await chmod(path, 0o644)
  const named = new Set<string>()
  for (let flips = 0; flips < 40; flips += 1) {
    await writeFile(path, flipped(whole, Math.floor(random() * whole.length * 8)))
    named.add((await look())[0]?.file ?? 'no fault')
  }
  await writeFile(path, whole)
  return [...named]
}

test('a flipped bit anywhere in the store is told with the object', async () => {
  const { root, models, version } = await registered()
  const look = async (): Promise<readonly Fault[]> =>
    (await models.verify('delay', { keys })).versions.flatMap(({ faults }) => faults)
  const [model] = version.files
  const objects = [
    ['registry/delay/1', 'registry/delay/1'],
    [artifactKey(version.signature), `${artifactKey(version.signature)} (model signature)`],
    [artifactKey(version.provenance), `${artifactKey(version.provenance)} (provenance)`],
    [artifactKey(version.evidence), `${artifactKey(version.evidence)} (evidence)`],
    [artifactKey(model?.digest ?? ''), `${artifactKey(model?.digest ?? '')} (model.onnx)`],
  ] as const
  for (const [key, name] of objects) expect(await namedFor(join(root, 'store', key), look)).toEqual([name])
})

test('a flipped bit anywhere in an exported folder is told with the file', async () => {
  const { root, files, version } = await registered()
  const folder = join(root, 'export')
  await exportModel(version, folder, { artifacts: files, keys })
  const look = async (): Promise<readonly Fault[]> => (await verifyExport(folder, { keys })).faults
  expect(await look()).toEqual([])
  for (const part of [EXPORT.signature, EXPORT.provenance, EXPORT.signer, 'model/model.onnx']) {
    expect(await namedFor(join(folder, part), look)).toEqual([part])
  }
})
