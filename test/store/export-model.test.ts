import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { artifacts, type Artifacts } from '../../store/artifacts.ts'
import { exportModel } from '../../store/export-model.ts'
import { folderStore } from '../../store/folder-store.ts'
import type { ModelVersion } from '../../store/model-version.ts'
import { registry } from '../../store/registry.ts'
import { keyIdOf, pemOf } from '../../store/signing/keys.ts'
import { verifyExport } from '../../store/verify-export.ts'
import { aRegistration, aSigner, anEvaluation, keysOf, MODEL_FILES } from './a-registration.ts'
import { temporaryFolder } from './temporary-folder.ts'

const signer = aSigner()
const keys = keysOf(signer)

interface Place {
  readonly root: string
  readonly files: Artifacts
  readonly version: ModelVersion
  readonly folder: string
}

async function exported(): Promise<Place> {
  const root = await temporaryFolder()
  const store = folderStore(join(root, 'store'))
  const files = artifacts(store)
  const { version } = await registry(store, files).register(await aRegistration(files), signer)
  const folder = join(root, 'out/delay')
  await exportModel(version, folder, { artifacts: files, keys })
  return { root, files, version, folder }
}

async function faultsIn(folder: string): Promise<readonly string[]> {
  return (await verifyExport(folder, { keys })).faults.map(({ file, expected, got }) => `${file}: ${expected}, ${got}`)
}

test('an export holds the files and what was signed, and verifies with the key it brings', async () => {
  const { folder } = await exported()
  expect((await readdir(folder)).toSorted()).toEqual(['model', 'model.sig', 'provenance.dsse.json', 'signer.pub'])
  for (const [name, text] of Object.entries(MODEL_FILES)) {
    expect(await readFile(join(folder, 'model', name), 'utf8')).toBe(text)
  }
  expect(await readdir(join(folder, '..'))).toEqual(['delay'])
  expect(await verifyExport(folder)).toEqual({ faults: [], signedBy: signer.keyId, files: 3 })
})

test('an empty folder is taken, one with something in it and a file are refused', async () => {
  const { root, files, version, folder } = await exported()
  await mkdir(join(root, 'empty'))
  await exportModel(version, join(root, 'empty'), { artifacts: files, keys })
  expect(await faultsIn(join(root, 'empty'))).toEqual([])
  await writeFile(join(root, 'file'), '')
  for (const taken of [folder, join(root, 'file')]) {
    const exporting = exportModel(version, taken, { artifacts: files, keys })
    await expect(exporting).rejects.toMatchObject({ code: 'export-refused' })
  }
  expect((await readdir(root)).toSorted()).toEqual(['empty', 'file', 'out', 'store'])
})

test('of racing exports one has the folder, whole', async () => {
  const { root, files, version } = await exported()
  const folder = join(root, 'raced')
  const racing = Array.from({ length: 4 }, () => exportModel(version, folder, { artifacts: files, keys }))
  const outcomes = (await Promise.allSettled(racing)).map(({ status }) => status)
  expect(outcomes.toSorted()).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
  expect(await faultsIn(folder)).toEqual([])
})

test('what nobody trusted has signed is not exported', async () => {
  const { root, files, version } = await exported()
  const exporting = exportModel(version, join(root, 'other'), { artifacts: files, keys: keysOf(aSigner()) })
  await expect(exporting).rejects.toMatchObject({ code: 'export-refused' })
  expect((await readdir(root)).toSorted()).toEqual(['out', 'store'])
})

test('a file more, a file less, a link and another signer are told', async () => {
  const { folder } = await exported()
  await writeFile(join(folder, 'model/more.bin'), '')
  expect(await faultsIn(folder)).toEqual(['model/more.bin: no such file, one'])
  await rm(join(folder, 'model/more.bin'))
  await rm(join(folder, 'model/training.json'))
  expect(await faultsIn(folder)).toEqual(['model/training.json: a regular file, nothing'])
  await writeFile(join(folder, '../training.json'), MODEL_FILES['training.json'] ?? '')
  await symlink('../../training.json', join(folder, 'model/training.json'))
  expect(await faultsIn(folder)).toEqual(['model/training.json: a regular file, a link'])
  await rm(join(folder, 'model/training.json'))
  await writeFile(join(folder, 'model/training.json'), 'x'.repeat(17))
  expect(await faultsIn(folder)).toEqual(['model/training.json: at most 16 bytes, 17'])
  await writeFile(join(folder, 'model/training.json'), MODEL_FILES['training.json'] ?? '')
  const other = aSigner()
  await writeFile(join(folder, 'signer.pub'), pemOf(other.publicKey))
  expect(await faultsIn(folder)).toContain(`model.sig: key ${keyIdOf(other.publicKey)}, ${signer.keyId}`)
  await rm(join(folder, 'signer.pub'))
  await writeFile(join(folder, 'note.txt'), '')
  expect(await faultsIn(folder)).toEqual(['signer.pub: it to be there, nothing', 'note.txt: no such file, one'])
  expect(await faultsIn(join(folder, 'nowhere'))).toEqual(['.: an exported folder, none'])
})

test("another version's provenance is told", async () => {
  const { root, files, folder } = await exported()
  const elsewhere = registry(folderStore(join(root, 'elsewhere')), files)
  const given = await aRegistration(files, { files: { 'model.onnx': 'other' }, evaluation: anEvaluation('other') })
  const { version: other } = await elsewhere.register(given, signer)
  await writeFile(join(folder, 'provenance.dsse.json'), await files.get(other.provenance))
  const faults = await faultsIn(folder)
  for (const name of Object.keys(MODEL_FILES)) {
    expect(faults).toContainEqual(expect.stringContaining(`provenance.dsse.json: ${name}: `))
  }
})
